/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/cpio.h"

#include <sys/stat.h>

#include "tests/unit/pack.h"
#include "tests/unit/test.h"

#define DIR 0040755
#define LNK 0120777

/* What the visitor was told: "NAME=CONTENT NAME NAME@1", @ with the archive's number. */
struct told {
	char text[2048];
	size_t keep;
	int answer;
};

static size_t keep(void *context, const struct cpio_entry *entry _unused_)
{
	const struct told *told = context;

	return told->keep;
}

static int visit(void *context, const struct cpio_entry *entry, const char *content)
{
	struct told *told = context;
	size_t n = strlen(told->text);

	(void)snprintf(told->text + n, sizeof(told->text) - n, "%s%s", n ? " " : "", entry->name);
	n = strlen(told->text);
	if (content)
		(void)snprintf(told->text + n, sizeof(told->text) - n, "=%.*s", (int)entry->size,
			       content);
	n = strlen(told->text);
	if (entry->archive)
		(void)snprintf(told->text + n, sizeof(told->text) - n, "@%u", entry->archive);
	return told->answer;
}

/* Reads in steps of @step bytes; the text ends with what went wrong, or with "rest N". */
static void read_in_steps(const struct pack *pack, size_t step, struct told *told)
{
	const struct cpio_visitor visitor = {.keep = keep, .entry = visit, .context = told};
	struct cpio cpio = {.visitor = &visitor};
	size_t at = 0, used = 0, n = 0;
	int r = 0;

	told->text[0] = '\0';
	for (; at < pack->size; at += used) {
		n = pack->size - at < step ? pack->size - at : step;
		r = cpio_push(&cpio, pack->data + at, n, &used);
		if (r < 0 || used < n)
			break;
	}
	n = strlen(told->text);
	if (r == -EBADMSG)
		(void)snprintf(told->text + n, sizeof(told->text) - n, ": %s", cpio.why);
	else if (r < 0)
		(void)snprintf(told->text + n, sizeof(told->text) - n, ": error %d", r);
	else if (!cpio_is_between(&cpio))
		(void)snprintf(told->text + n, sizeof(told->text) - n, ": ends early");
	else if (at + used < pack->size)
		(void)snprintf(told->text + n, sizeof(told->text) - n, ": rest %zu",
			       pack->size - at - used);
	cpio_free(&cpio);
}

static void check(const char *name, const struct pack *pack, const char *expected)
{
	static const size_t steps[] = {1, 3, 7, 64, 1u << 20};
	struct told told = {.keep = 100};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		read_in_steps(pack, steps[i], &told);
		test_text(name, told.text, expected);
	}
}

static void make(struct pack *pack)
{
	pack_file(pack, &(struct pack_file){.name = "etc", .mode = DIR});
	pack_file(pack, &(struct pack_file){.name = "./etc/a", .content = "one"});
	pack_file(pack, &(struct pack_file){.name = "/etc/b", .mode = LNK, .content = "/dev/null"});
	pack_file(pack, &(struct pack_file){.name = "empty"});
}

#define MADE "etc etc/a=one etc/b=/dev/null empty="

static void test_archives(void)
{
	struct pack pack _cleanup_(pack_free) = {0};

	check("nothing", &pack, "");
	make(&pack);
	check("without a trailer", &pack, MADE ": ends early");
	pack_end(&pack);
	check("one archive", &pack, MADE);
	pack_zeros(&pack, 500);
	check("zeros after it", &pack, MADE);
	pack_file(&pack, &(struct pack_file){.name = "etc/a", .content = "two"});
	pack_end(&pack);
	check("two archives", &pack, MADE " etc/a=two@1");
	pack_zeros(&pack, 4);
	pack_bytes(&pack, "\x1f\x8b", 2);
	check("what is no archive after them", &pack, MADE " etc/a=two@1: rest 2");
}

static void test_entries(void)
{
	char text[200];
	struct pack pack _cleanup_(pack_free) = {0};

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	pack_file(&pack, &(struct pack_file){.name = "large", .content = text});
	pack_file(&pack, &(struct pack_file){.name = "node", .mode = S_IFCHR | 0600});
	pack_file(&pack, &(struct pack_file){.name = "odd", .mode = S_IFIFO, .content = "x"});
	pack_file(&pack, &(struct pack_file){.name = "last", .content = "1234"});
	pack_end(&pack);
	check("content that is not kept", &pack, "large node odd last=1234");
}

/* Replaces a field of the first header, or the magic. */
static void spoil(struct pack *pack, size_t at, const char *by)
{
	memcpy(pack->data + at, by, strlen(by));
}

static void test_broken(void)
{
	static const struct {
		const char *name;
		size_t at;
		const char *by, *expected;
	} rows[] = {
		{"with a checksum", 0, "070702", MADE},
		{"upper case digits", 6, "0000ABCD", MADE},
		{"the old format", 0, "070707",
		 ": an entry of the cpio archive has no valid header"},
		{"a second magic that is none", 0, "0x0701",
		 ": an entry of the cpio archive has no valid header"},
		{"no number", 54, "0000000g",
		 ": an entry of the cpio archive has an invalid number"},
		{"a sign", 94, "-0000004", ": an entry of the cpio archive has an invalid number"},
		{"a blank", 94, "       4", ": an entry of the cpio archive has an invalid number"},
		{"no name", 94, "00000000", ": an entry of the cpio archive has no valid header"},
		{"a name too long", 94, "00001001", ": ends early"},
		{"a name as long as can be", 94, "ffffffff", ": ends early"},
		{"a content as large as can be", 54, "ffffffff", ": ends early"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pack pack _cleanup_(pack_free) = {0};

		make(&pack);
		pack_end(&pack);
		spoil(&pack, rows[i].at, rows[i].by);
		check(rows[i].name, &pack, rows[i].expected);
	}
}

static void test_visitor(void)
{
	struct told told = {.keep = 0, .answer = -E2BIG};
	struct pack pack _cleanup_(pack_free) = {0};
	char expected[64];

	make(&pack);
	pack_end(&pack);
	read_in_steps(&pack, pack.size, &told);
	(void)snprintf(expected, sizeof(expected), "etc: error %d", -E2BIG);
	test_text("the visitor ends it", told.text, expected);
	told.answer = 0;
	read_in_steps(&pack, pack.size, &told);
	test_text("nothing is kept", told.text, "etc etc/a etc/b empty");
}

TESTS(cpio)
{
	test_archives();
	test_entries();
	test_broken();
	test_visitor();
	return test_done();
}
