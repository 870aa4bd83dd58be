/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/staged.h"

#include "tests/unit/test.h"

#define KEY   "kargs\0\0\0"
#define MERGE "merge-deployment\0\0\0\0\0\0\0\0"

static void test_kargs(void)
{
	static const struct {
		const char *name, *data;
		size_t size;
		const char *line; /* NULL: no such list */
	} rows[] = {
#define ROW(name, data, line) {name, data, sizeof(data) - 1, line}
		ROW("two", KEY "root=1\0rw\0\x07\x0a\0as\x15", "root=1 rw"),
		ROW("behind another key", "osname\0\0a\0s\0\0\0\0\0" KEY "rw\0\x03\0as", "rw"),
		ROW("an end that is a letter",
		    KEY "0123456789012345678901234567890123456789012345678\0rw\0\x32\x35\0as",
		    "0123456789012345678901234567890123456789012345678 rw"),
		ROW("ends of two bytes", KEY "rw\0quiet\0\x03\0\x09\0\0as", "rw quiet"),
		ROW("a text that is a key", KEY "kargs\0rw\0\x06\x09\0as", "kargs rw"),
		ROW("not aligned", "x" KEY "rw\0\x03\0as", NULL),
		ROW("an end that is none", KEY "rw\0\x04\0as", NULL),
		ROW("another type", KEY "rw\0\x03\0ay", NULL),
		ROW("cut off", KEY "rw\0\x03\0a", NULL),
		ROW("the key alone", KEY, NULL),
		ROW("nothing", "", NULL),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *line = NULL;
		int r = staged_kargs(rows[i].data, rows[i].size, &line);

		test_int(rows[i].name, r, rows[i].line ? 0 : -EINVAL);
		test_text(rows[i].name, line ? line : "", rows[i].line ? rows[i].line : "");
	}
}

/* As `ostree admin upgrade --stage` leaves it. */
static void test_inherited(void)
{
	static const char neither[64] = "some-other-key";
	static const char inherited[] = MERGE "x", own[] = MERGE KEY "rw\0\x03\0as",
			  broken[] = MERGE KEY "rw\0\x04\0as";
	_cleanup_free_ char *line = NULL;

	test_int("inherited", staged_kargs(inherited, sizeof(inherited) - 1, &line), -ENOENT);
	test_int("neither", staged_kargs(neither, sizeof(neither), &line), -EINVAL);
	test_int("broken", staged_kargs(broken, sizeof(broken) - 1, &line), -EINVAL);
	test_text("untouched", line ? line : "", "");
	test_int("own", staged_kargs(own, sizeof(own) - 1, &line), 0);
	test_text("its own", line ? line : "", "rw");
}

TESTS(staged)
{
	test_kargs();
	test_inherited();
	return test_done();
}
