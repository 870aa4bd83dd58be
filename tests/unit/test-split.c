/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/split.h"

#include "tests/unit/test.h"

/* Each text that is found in [], a "!" with its line for what is broken. */
static void split_in_steps(const char *stream, size_t step, char *to, size_t size)
{
	struct split split _cleanup_(split_free) = {.line = 1, .first = 1, .at_line_start = true};
	size_t left = strlen(stream), taken = 0;
	enum split_found found = SPLIT_NOTHING;

	to[0] = '\0';
	for (bool more = true; more; stream += taken, left -= taken) {
		size_t n = strlen(to);

		more = left > 0;
		taken = 0;
		found = more ? split_take(&split, stream, left < step ? left : step, &taken)
			     : split_end(&split);
		if (found == SPLIT_TEXT) {
			_cleanup_free_ char *text = split_text(&split);

			(void)snprintf(to + n, size - n, "[%s]", text ? text : "no memory");
		} else if (found == SPLIT_BROKEN) {
			(void)snprintf(to + n, size - n, "!%zu", split.line);
		}
	}
}

static const struct {
	const char *name, *stream, *expected;
} rows[] = {
	{"nothing", "", ""},
	{"blanks", " \n\t\r\n", ""},
	{"one", "{\"a\": 1}\n", "[{\"a\": 1}]"},
	{"several on a line", "{}{} {\"a\":[{},{}]}", "[{}][{}][{\"a\":[{},{}]}]"},
	{"a line each", "{\"a\":1}\n{\"b\":2}\n", "[{\"a\":1}][{\"b\":2}]"},
	{"a list", "[{}, {}]", "[[{}, {}]]"},
	{"brackets in a string", "{\"a}\": \"]{[\"}{}", "[{\"a}\": \"]{[\"}][{}]"},
	{"quotes in a string", "{\"\\\"}\\\\\": 1}{}", "[{\"\\\"}\\\\\": 1}][{}]"},
	{"cut at the end", "{}{\"a\": [1", "[{}]!1"},
	{"cut, the next on a line of its own", "{\"a\": [1,\n2\n{}", "!3[{}]"},
	{"cut, the next behind it", "{\"a\": 1{\"b\": 2}", "!1[{\"b\": 2}]"},
	{"cut behind a comma", "{\"a\": 1,{\"b\": 2}", "!1[{\"b\": 2}]"},
	{"cut behind a key", "{\"a\"\n{\"b\": 2}", "!2[{\"b\": 2}]"},
	{"cut in a string, the next behind it", "{\"a{\n  \"b\": 2}", "!1[{\n  \"b\": 2}]"},
	{"cut in a string at a line's end", "{\"a\n{\"b\": 2}", "!2[{\"b\": 2}]"},
	{"cut in a list, and the next is lost with it", "{\"a\": [{},{\"b\": 2}\n{\"c\": 3}",
	 "!2[{\"c\": 3}]"},
	{"no JSON before it", "hello {} you\n{}", "!1[{}]"},
	{"no JSON between", "{}\nhello\nyou\n{}", "[{}]!2[{}]"},
	{"no JSON behind it", "{}\nhello\n", "[{}]!2"},
	{"a wrong bracket", "{\"a\": [1}\n{}", "!1[{}]"},
	{"a control character", "{\"a\": \001}\n{}", "!1[{}]"},
	{"too deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]\n{}", "!1[{}]"},
	{"as deep as may be", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"},
};

TESTS(split)
{
	static const size_t steps[] = {1, 3, 7, 4096};
	char told[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (size_t k = 0; k < ARRAY_SIZE(steps); k++) {
			split_in_steps(rows[i].stream, steps[k], told, sizeof(told));
			(void)test_text(rows[i].name, told, rows[i].expected);
		}
	return test_done();
}
