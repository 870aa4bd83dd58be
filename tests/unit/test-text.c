/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/text.h"

#include "tests/unit/test.h"

static void test_ends(void)
{
	static const struct {
		const char *text, *end;
		bool does;
	} rows[] = {
		{"a.conf", ".conf", true},   {".conf", ".conf", true}, {"conf", ".conf", false},
		{"a.conf~", ".conf", false}, {"a", "", true},	       {"", "", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].text, text_ends_with(rows[i].text, rows[i].end), rows[i].does);
}

static void test_any(void)
{
	test_int("the first", TEXT_IS_ANY("a", "a", "b"), true);
	test_int("the last", TEXT_IS_ANY("b", "a", "b"), true);
	test_int("another", TEXT_IS_ANY("c", "a", "b"), false);
	test_int("a part of one", TEXT_IS_ANY("a", "ab", "ba"), false);
}

static void test_uuids(void)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{"6770c1a1-0000-4000-8000-00000000000f", true},
		{"6770C1A1-0000-4000-8000-00000000000F", true},
		{"6770c1a1-0000-4000-8000-00000000000", false},
		{"6770c1a1-0000-4000-8000-00000000000f0", false},
		{"6770c1a10-000-4000-8000-00000000000f", false},
		{"6770c1a1-0000-4000-8000-00000000000g", false},
		{"../../../../../../../../../etc/passwd", false},
		{"", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].text, text_is_uuid(rows[i].text), rows[i].is);
}

TESTS(text)
{
	test_ends();
	test_any();
	test_uuids();
	return test_done();
}
