/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/numbers.h"

#include "ctl/print/progress.h"
#include "tests/unit/test.h"

#define N 5

static const struct {
	const char *typed, *chosen; /* NULL: it is refused */
} rows[] = {
	{"", "12345"},	     {"all", "12345"},
	{"ALL", "12345"},    {" , ", "12345"},
	{"1", "1"},	     {"1,3-4", "134"},
	{"3 1", "13"},	     {"1, 2,5", "125"},
	{"2-2", "2"},	     {"1-5", "12345"},
	{"1-3,2-4", "1234"}, {"5,", "5"},
	{"0", NULL},	     {"6", NULL},
	{"4-6", NULL},	     {"4-3", NULL},
	{"-3", NULL},	     {"3-", NULL},
	{"1-2-3", NULL},     {"1;2", NULL},
	{"+1", NULL},	     {"one", NULL},
	{"1 all", NULL},     {"01:00.0", NULL},
	{"1- 3", NULL},	     {"18446744073709551617", NULL},
};

static void test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool chosen[N];
		char text[N + 1] = "";
		size_t n = 0;
		int r = numbers_parse(rows[i].typed, N, chosen);

		for (size_t k = 0; r == 0 && k < N; k++)
			if (chosen[k])
				text[n++] = (char)('1' + (int)k);
		text[n] = '\0';
		test_text(rows[i].typed, r == 0 ? text : "refused",
			  rows[i].chosen ? rows[i].chosen : "refused");
	}
}

/* No line of a terminal is ever longer than the terminal, and none can steer it. */
static const struct {
	const char *name, *said, *line;
	size_t width;
} lines[] = {
	{"nothing is said yet", "", "image ... 7 s", 80},
	{"a line of the builder", "packing", "image ... 7 s: packing", 80},
	{"a narrow terminal", "packing", "image ... 7 s: ", 16},
	{"what steers a terminal", "\033[2J\tx\303\244", "image ... 7 s: ?[2J?x??", 80},
};

static void test_progress(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct progress progress = {.title = "image", .width = lines[i].width};
		char text[PROGRESS_LINE_MAX];

		(void)snprintf(progress.said, sizeof(progress.said), "%s", lines[i].said);
		test_text(lines[i].name, progress_format(&progress, 7, text), lines[i].line);
	}
}

TESTS(numbers)
{
	test_numbers();
	test_progress();
	return test_done();
}
