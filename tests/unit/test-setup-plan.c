/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/plan.h"
#include "ctl/setup/plan.h"

#include "helper/policy/conf_files.h"
#include "tests/unit/initramfs_words.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define UNIT  "usr/lib/systemd/system/" SETUP_UNIT
#define LINK  "etc/systemd/system/multi-user.target.wants/" SETUP_UNIT
#define GATES "create G create G create G create G create G create G"

/* "create PATH remove PATH run WORD…" of a plan, "G" for a gate; to be freed. */
static char *tell(const struct change_plan *plan)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		abort();
	for (size_t i = 0; i < plan->n; i++) {
		const struct change_step *step = &plan->step[i];
		const char *path = step->path;

		for (size_t k = 0; k < SETUP_GATES && path; k++)
			if (strcmp(path, setup_gates[k]) == 0)
				path = "G";
		fprintf(to, "%s", i ? " " : "");
		if (step->kind == CHANGE_COMMAND)
			fprintf(to, "run %s", step->argv[3]);
		else
			fprintf(to, "%s %s",
				!step->before ? "create"
				: step->after ? "edit"
					      : "remove",
				path);
	}
	if (plan->refusal)
		fprintf(to, "refused");
	(void)fclose(to);
	return text;
}

static void test_config(void)
{
	static const struct {
		const char *name, *now, *text, *steps;
	} rows[] = {
		{"new", NULL, "a\n", "create " SELECTION_FILE},
		{"another", "b\n", "a\n", "edit " SELECTION_FILE},
		{"the same", "a\n", "a\n", ""},
		{"empty is not absent", "", "a\n", "edit " SELECTION_FILE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct setup_facts facts = {.config = (char *)rows[i].now};
		struct change_plan plan _cleanup_(change_plan_free) = {0};
		_cleanup_free_ char *told = NULL;

		test_int(rows[i].name, setup_plan_config(&facts, rows[i].text, &plan), 0);
		told = tell(&plan);
		test_text(rows[i].name, told, rows[i].steps);
	}
}

static void test_unit(void)
{
	static char other[] = "[Unit]\n", unit[] = UNIT;
	static const struct {
		const char *name;
		struct setup_facts facts;
		enum setup_gate gate;
		const char *steps;
		long warnings;
	} rows[] = {
		{"enabled by its link", {.unit = unit}, GATE_AS_IS, "create " LINK, 0},
		{"enabled already", {.unit = unit, .enabled = true}, GATE_AS_IS, "", 0},
		{"not installed", {0}, GATE_AS_IS, "", 1},
		{"masked", {.masked = true}, GATE_AS_IS, "", 1},
		{"strict", {.unit = unit}, GATE_STRICT, "create " LINK " " GATES, 0},
		{"strict on what is not installed", {0}, GATE_STRICT, "refused", 0},
		{"strict on what is masked", {.masked = true}, GATE_STRICT, "refused", 0},
		{"a gate stays",
		 {.unit = unit, .enabled = true, .gate = {other}},
		 GATE_AS_IS,
		 "",
		 0},
		{"a gate goes",
		 {.unit = unit, .enabled = true, .gate = {other}},
		 GATE_NONE,
		 "remove G",
		 0},
		{"a gate's text is ours",
		 {.unit = unit, .enabled = true, .gate = {other}},
		 GATE_STRICT,
		 "edit G create G create G create G create G create G",
		 0},
		{"no gate, none to take", {.unit = unit, .enabled = true}, GATE_NONE, "", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct change_plan plan _cleanup_(change_plan_free) = {0};
		_cleanup_free_ char *told = NULL;

		test_int(rows[i].name, setup_plan_unit(&rows[i].facts, rows[i].gate, &plan), 0);
		told = tell(&plan);
		test_text(rows[i].name, told, rows[i].steps);
		test_int(rows[i].name, (long)plan.warnings.n, rows[i].warnings);
	}
}

static void test_timer(void)
{
	static char timer[] = "usr/lib/systemd/system/" SETUP_TIMER;
	static const struct {
		const char *name;
		struct setup_facts facts;
		const char *steps;
	} rows[] = {
		{"the timer is enabled",
		 {.timer = timer},
		 "create etc/systemd/system/timers.target.wants/" SETUP_TIMER},
		{"it is already", {.timer = timer, .timer_enabled = true}, ""},
		{"it is not installed, or masked", {0}, "refused"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct change_plan plan _cleanup_(change_plan_free) = {0};
		_cleanup_free_ char *told = NULL;

		test_int(rows[i].name, setup_plan_timer(&rows[i].facts, &plan), 0);
		told = tell(&plan);
		test_text(rows[i].name, told, rows[i].steps);
	}
}

/* Which images are due, by state: setup, setup with a change; undo, undo with a change; wrong
 * after a setup, after an undo. */
static void test_images(void)
{
	static const struct {
		enum initramfs_state state;
		const char *due;
	} rows[] = {
		{INITRAMFS_CURRENT, "-s-u--"},	  {INITRAMFS_STALE, "ssuusu"},
		{INITRAMFS_WITHOUT_US, "ss--s-"}, {INITRAMFS_WITHOUT_MODULES, "ss-us-"},
		{INITRAMFS_MISSING, "ss--s-"},	  {INITRAMFS_UNREADABLE, "ssuus-"},
		{INITRAMFS_NO_DRIVER, "-s-u--"},
	};

	_Static_assert(ARRAY_SIZE(rows) == _INITRAMFS_STATE_COUNT, "a state is not tested");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum initramfs_state state = rows[i].state;
		char got[7] = "------";

		for (unsigned k = 0; k < 4; k++)
			if (setup_image_is_due(state, k >= 2, k % 2))
				got[k] = k >= 2 ? 'u' : 's';
		got[4] = setup_image_is_wrong(state, false) ? 's' : '-';
		got[5] = setup_image_is_wrong(state, true) ? 'u' : '-';
		test_text(initramfs_state_name(state), got, rows[i].due);
	}
}

static void test_commands(void)
{
	static char fresh[] = "6.2", old[] = "6.1", image[] = "boot/x";
	struct initramfs_kernel kernels[] = {
		{.release = fresh, .image = image, .state = INITRAMFS_CURRENT},
		{.release = old, .image = image, .state = INITRAMFS_STALE},
	};
	struct initramfs images = {
		.tool = INITRAMFS_TOOLS, .program = "/x", .kernel = kernels, .n = 2};
	struct change_plan one _cleanup_(change_plan_free) = {0},
			       both _cleanup_(change_plan_free) = {0};
	_cleanup_free_ char *told_one = NULL, *told_both = NULL;

	test_int("what is due", setup_plan_images(&images, false, false, &one), 0);
	told_one = tell(&one);
	test_text("the stale one", told_one, "run 6.1");
	test_int("after a change", setup_plan_images(&images, false, true, &both), 0);
	told_both = tell(&both);
	test_text("in the order of the kernels", told_both, "run 6.2 run 6.1");
}

/* Backwards, folders last, other records left to those who wrote them. */
static void test_undo(void)
{
	struct undo undo _cleanup_(undo_free) = {0};
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	_cleanup_free_ char *told = NULL;
	const struct undo_file files[] = {
		{.path = (char *)"d", .after = (char *)"", .editor = UNDO_FOLDER},
		{.path = (char *)"d/a", .after = (char *)"1\n"},
		{.path = (char *)"r", .editor = UNDO_RECORD},
		{.path = (char *)"d/b", .after = (char *)"2\n"},
		{.path = (char *)"d/l", .after = (char *)"/x", .editor = UNDO_LINK},
		{.path = (char *)"d/gone", .after = (char *)"3\n"},
	};
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, "f d/a 1|\nf d/b 2|more|\nl d/l /other\nf r x|\n");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		test_int("noted", undo_note(&undo, &files[i]), 0);
	test_int("planned", setup_plan_undo(&tree.root, &undo, &plan), 0);
	told = tell(&plan);
	test_text("what is ours", told, "edit d/b remove d/a remove d");
	test_int("what another hand did is told", (long)plan.warnings.n, 2);
	tree_remove(&tree);
}

static void test_facts(void)
{
	struct setup_facts none _cleanup_(setup_facts_free) = {0},
				all _cleanup_(setup_facts_free) = {0};
	struct setup_facts masked _cleanup_(setup_facts_free) = {0};
	struct tree tree;

	tree_make(&tree);
	test_int("an empty tree", setup_facts_read(&tree.root, &none), 0);
	test_int("has nothing", none.config || none.unit || none.enabled || none.masked, 0);
	tree_script(&tree, "f " SELECTION_FILE " text|\nf lib/systemd/system/" SETUP_UNIT
			   " x|\nl " LINK " /" UNIT "\n");
	test_int("with files", setup_facts_read(&tree.root, &all), 0);
	test_text("configuration", all.config ? all.config : "", "text\n");
	test_text("unit", all.unit ? all.unit : "", "lib/systemd/system/" SETUP_UNIT);
	test_int("enabled", all.enabled, true);
	tree_link(&tree, "etc/systemd/system/" SETUP_UNIT, "/dev/null");
	test_int("masked", setup_facts_read(&tree.root, &masked), 0);
	test_int("it is", masked.masked, true);
	test_text("no unit then", masked.unit ? masked.unit : "", "");
	tree_remove(&tree);
}

TESTS(setup_plan)
{
	test_config();
	test_unit();
	test_timer();
	test_images();
	test_commands();
	test_undo();
	test_facts();
	return test_done();
}
