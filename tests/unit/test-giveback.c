/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/giveback/note.h"
#include "ctl/giveback/scrub.h"
#include "helper/base/own.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define GOOD "1 16777216 268435456 0 33554432 0 128 524288 16 0 1 7 160"

/* A one-time-use GPU that a guest has left, after its reset. */
static struct giveback_facts make_facts(void)
{
	struct vitals good = vitals_parse(GOOD);

	return (struct giveback_facts){.provider = true,
				       .one_time = true,
				       .total = 1,
				       .reserved = 1,
				       .ready = true,
				       .way = GIVEBACK_BY_FUNCTION,
				       .writable = true,
				       .then = good,
				       .before = good,
				       .was_reset = true,
				       .same_ids = true,
				       .now = good};
}

#define CHANGE(name, statement)                    \
	static void name(struct giveback_facts *f) \
	{                                          \
		statement;                         \
	}

CHANGE(well, (void)f)
CHANGE(not_reset, f->was_reset = false; f->now.known = false)
CHANGE(no_provider, f->provider = false)
CHANGE(used, f->used = 1)
CHANGE(lifted, f->reserved = 0)
CHANGE(partly, f->total = 2)
CHANGE(ordinary, f->one_time = false; f->total = 2)
CHANGE(not_ready, f->ready = false; f->held = true)
CHANGE(held, f->held = true)
CHANGE(unseen, f->unseen = true)
CHANGE(no_record, f->then.known = false)
CHANGE(no_reset, f->way = GIVEBACK_NO_WAY)
CHANGE(bad_reset, f->bad_reset = true)
CHANGE(read_only, f->writable = false)
CHANGE(other_ids, f->same_ids = false)
CHANGE(slower, f->now.value[VITAL_SPEED] = 25)
CHANGE(faster, f->then.value[VITAL_SPEED] = 25)
CHANGE(fewer_lanes, f->now.value[VITAL_LANES] = 8)
CHANGE(less_memory, f->now.value[VITAL_BAR + 1] = 1 << 20)
CHANGE(corrected_by_reset, f->now.value[VITAL_CORRECTABLE] = 8)
CHANGE(corrected_before, f->before.value[VITAL_CORRECTABLE] = 8;
       f->now.value[VITAL_CORRECTABLE] = 8)
CHANGE(nonfatal_before, f->before.value[VITAL_NONFATAL] = 2; f->now.value[VITAL_NONFATAL] = 2)
CHANGE(link_untold, f->now.value[VITAL_LANES] = VITAL_UNKNOWN)
CHANGE(never_told, f->then.value[VITAL_LANES] = VITAL_UNKNOWN;
       f->now.value[VITAL_LANES] = VITAL_UNKNOWN)
CHANGE(nothing_told, f->now.known = false)

static const struct {
	const char *name;
	void (*change)(struct giveback_facts *f);
	enum giveback_doubt doubt;
} rows[] = {
	{"all is well", well, GIVEBACK_SURE},
	{"before the reset its health is not judged", not_reset, GIVEBACK_SURE},
	{"Placement knows none", no_provider, GIVEBACK_NO_PROVIDER},
	{"in use by a server", used, GIVEBACK_USED},
	{"not reserved", lifted, GIVEBACK_NOTHING},
	{"reserved in part", partly, GIVEBACK_PARTLY},
	{"reserved in part, and for more than one use", ordinary, GIVEBACK_SURE},
	{"not ready comes before who holds it", not_ready, GIVEBACK_NOT_READY},
	{"held", held, GIVEBACK_HELD},
	{"perhaps held", unseen, GIVEBACK_UNSEEN},
	{"no facts of its claim", no_record, GIVEBACK_NO_RECORD},
	{"no reset of its own", no_reset, GIVEBACK_NO_RESET},
	{"a reset that hangs it", bad_reset, GIVEBACK_BAD_RESET},
	{"in a sandbox", read_only, GIVEBACK_READ_ONLY},
	{"another answers", other_ids, GIVEBACK_OTHER_IDS},
	{"slower", slower, GIVEBACK_WORSE},
	{"faster", faster, GIVEBACK_SURE},
	{"fewer lanes", fewer_lanes, GIVEBACK_WORSE},
	{"less memory", less_memory, GIVEBACK_WORSE},
	{"errors that the reset brought", corrected_by_reset, GIVEBACK_WORSE},
	{"errors that were corrected before it", corrected_before, GIVEBACK_SURE},
	{"others since its claim", nonfatal_before, GIVEBACK_WORSE},
	{"a link that can't be read", link_untold, GIVEBACK_UNTOLD},
	{"and never could", never_told, GIVEBACK_SURE},
	{"nothing can be read", nothing_told, GIVEBACK_UNTOLD},
};

static void test_decide(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct giveback_facts facts = make_facts();

		rows[i].change(&facts);
		(void)test_text(rows[i].name, giveback_word(giveback_decide(&facts)),
				giveback_word(rows[i].doubt));
	}
}

static void test_way(void)
{
	static const struct {
		const char *name;
		struct way_facts facts;
		enum giveback_way way;
	} cases[] = {
		{"each alone",
		 {.alone = true, .whole = true, .grouped = true},
		 GIVEBACK_BY_FUNCTION},
		{"each alone, others beside it", {.alone = true}, GIVEBACK_BY_FUNCTION},
		{"together only", {.whole = true, .grouped = true}, GIVEBACK_BY_SLOT},
		{"others beside it", {.grouped = true}, GIVEBACK_NO_WAY},
		{"no node of a group", {.whole = true}, GIVEBACK_NO_WAY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		test_int(cases[i].name, way_of(&cases[i].facts), cases[i].way);
}

/* Of a function that has "reset". */
static void test_resets_alone(void)
{
	static const struct {
		const char *name, *methods;
		bool only, alone;
	} cases[] = {
		{"a list from before Linux 5.15", NULL, false, true},
		{"an empty list", "", true, false},
		{"its own", "flr", false, true},
		{"its own after the bus", "bus pm", false, true},
		{"its own before the bus", "flr bus", false, true},
		{"the bus, of the only function there", "bus", true, true},
		{"the bus, of one of several", "bus", false, false},
		{"two ways to reset the bus, of one of several", "bus cxl_bus", false, false},
		{"a word that begins so", "buses", false, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		test_int(cases[i].name, way_resets_alone(cases[i].methods, cases[i].only),
			 cases[i].alone);
}

struct script {
	const char *name, *text; /* NULL: a link */
	mode_t mode, folder, above;
	int r;
};

static int run_script(const struct script *s)
{
	const struct pci_address address = {.bus = 1};
	struct tree tree;
	int r;

	tree_make(&tree);
	tree.root.confined = false; /* else it is to have a shell of its own */
	tree_file(&tree, "top/bin/scrub", s->text ? s->text : "");
	if (!s->text && (unlinkat(tree.root.fd, "top/bin/scrub", 0) < 0 ||
			 symlinkat("/bin/true", tree.root.fd, "top/bin/scrub") < 0))
		abort();
	if ((s->text && fchmodat(tree.root.fd, "top/bin/scrub", s->mode, 0) < 0) ||
	    fchmodat(tree.root.fd, "top/bin", s->folder, 0) < 0 ||
	    fchmodat(tree.root.fd, "top", s->above, 0) < 0)
		abort();
	r = scrub_run(&tree.root, "/top/bin/scrub", &address, s->r == -ETIMEDOUT ? 200 : 20000);
	tree_remove(&tree);
	return r;
}

/* One that hangs is ended, and one that others could change is not begun. */
static void test_scrub(void)
{
	static const struct script scripts[] = {
		{"one that ends well", "#!/bin/sh\ntest \"$*\" = 0000:01:00.0\n", 0755, 0755, 0755,
		 0},
		{"one that fails", "#!/bin/sh\nexit 7\n", 0755, 0755, 0755, 7},
		{"one that hangs", "#!/bin/sh\nsleep 60\n", 0755, 0755, 0755, -ETIMEDOUT},
		{"one that others may write", "#!/bin/sh\n", 0775, 0755, 0755, OWN_OPEN_TO_ALL},
		{"one in a folder that others may write", "#!/bin/sh\n", 0755, 0777, 0755,
		 OWN_OPEN_TO_ALL},
		{"one in a folder that others may replace", "#!/bin/sh\n", 0755, 0755, 0777,
		 OWN_OPEN_TO_ALL},
		{"a link", NULL, 0755, 0755, 0755, -ELOOP},
		{"no program", "#!/bin/sh\n", 0644, 0755, 0755, 126},
		{"it starts in /", "#!/bin/sh\ntest \"$PWD\" = /\n", 0755, 0755, 0755, 0},
		{"its mask is not ours", "#!/bin/sh\ntest $(umask) = 0022\n", 0755, 0755, 0755, 0},
		{"no file of ours is open", "#!/bin/sh\ntest ! -e /proc/$$/fd/99\n", 0755, 0755,
		 0755, 0},
	};
	mode_t mask = umask(077);
	int leaked = dup2(STDERR_FILENO, 99);

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		(void)test_int(scripts[i].name, run_script(&scripts[i]), scripts[i].r);
	(void)close(leaked);
	(void)umask(mask);
}

static void test_failed_returns(void)
{
	static const struct {
		const char *name;
		enum giveback_doubt doubt;
		bool seen, read;
		long reserved;
		bool failed;
		int64_t now_s;
	} cases[] = {
		{"before a pass", GIVEBACK_WORSE, false, false, 0, true, 0},
		{"not read", GIVEBACK_WORSE, true, false, 0, true, 0},
		{"reserved", GIVEBACK_HELD, true, true, 1, true, 0},
		{"what failed", GIVEBACK_FAILED, true, true, 1, true, 0},
		{"at work", GIVEBACK_UNFINISHED, true, true, 1, false, 100},
		{"cut off", GIVEBACK_UNFINISHED, true, true, 1, true, 101},
		{"cut off, and lifted since", GIVEBACK_UNFINISHED, true, true, 0, false, 101},
		{"lifted since", GIVEBACK_WORSE, true, true, 0, false, 0},
		{"a server has it", GIVEBACK_USED, true, true, 1, false, 0},
		{"no provider", GIVEBACK_NO_PROVIDER, false, false, 0, false, 0},
		{"no such GPU", GIVEBACK_UNKNOWN, false, false, 0, false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct giveback_note note = {.doubt = cases[i].doubt, .until_s = 100};
		const struct sync_provider p = {.read = cases[i].read,
						.reserved = cases[i].reserved};

		test_int(cases[i].name,
			 giveback_note_is_failure(&note, cases[i].seen ? &p : NULL, cases[i].now_s),
			 cases[i].failed);
	}
}

static void test_left_alone(void)
{
	static const struct {
		const char *name, *uuid;
		long generation;
		enum giveback_doubt doubt;
		int64_t now_s;
		bool left;
	} cases[] = {
		{"just refused", "a", 7, GIVEBACK_HELD, 100, true},
		{"refused long ago", "a", 7, GIVEBACK_HELD, 101, false},
		{"another generation", "a", 8, GIVEBACK_HELD, 100, false},
		{"another provider", "b", 7, GIVEBACK_HELD, 100, false},
		{"by hand", "-", 0, GIVEBACK_HELD, 100, false},
		{"at work", "a", 7, GIVEBACK_UNFINISHED, 100, true},
		{"cut off", "a", 7, GIVEBACK_UNFINISHED, 101, true},
		{"cut off, and used again", "a", 8, GIVEBACK_UNFINISHED, 101, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct giveback_note note = {
			.generation = 7, .until_s = 100, .doubt = cases[i].doubt, .uuid = "a"};
		struct sync_provider p = {.generation = cases[i].generation};

		memcpy(p.uuid, cases[i].uuid, strlen(cases[i].uuid) + 1);
		test_int(cases[i].name, giveback_note_holds(&note, &p, cases[i].now_s),
			 cases[i].left);
	}
}

TESTS(giveback)
{
	test_failed_returns();
	test_left_alone();
	test_decide();
	test_way();
	test_resets_alone();
	test_scrub();
	return test_done();
}
