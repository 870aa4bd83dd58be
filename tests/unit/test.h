/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole test framework: one line a check, both sides where it fails. All files are one program,
 * unit-tests, which runs those that its words name. */
#ifndef GPUCLAIM_TEST_H
#define GPUCLAIM_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/util.h"

/* The tests of one file. */
struct test_file {
	const char *name; /* of what they test */
	int (*run)(void);
};

/* The head of the function that runs a file's tests: TESTS(bars) { ... return test_done(); }
 * The linker gathers their rows; unit.c goes through them. */
#define TESTS(of)                                                                     \
	static int of##_tests(void);                                                  \
	static const struct test_file of##_row                                        \
		__attribute__((section("files_of_tests"), used)) = {#of, of##_tests}; \
	static int of##_tests(void)

/* Weak: one count for all files. */
__attribute__((weak)) unsigned test_failures;

/* One row of a table or one function: "ok NAME" or "not ok NAME: got …, expected …". */
static inline bool test_text(const char *name, const char *got, const char *expected)
{
	bool good = strcmp(got, expected) == 0;

	if (good)
		(void)printf("ok %s\n", name);
	else
		(void)printf("not ok %s: got \"%s\", expected \"%s\"\n", name, got, expected);
	test_failures += !good;
	return good;
}

static inline bool test_int(const char *name, long got, long expected)
{
	char left[24], right[24];

	(void)snprintf(left, sizeof(left), "%ld", got);
	(void)snprintf(right, sizeof(right), "%ld", expected);
	return test_text(name, left, right);
}

#define test_done() (test_failures ? EXIT_FAILURE : EXIT_SUCCESS)

#endif
