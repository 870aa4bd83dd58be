/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit-tests [NAME]...: the tests of these files, or of all; unit-tests --names: which there are.
 */
#include "tests/unit/test.h"

/* The first and behind the last, as the linker names a section's ends. */
extern const struct test_file __start_files_of_tests[], __stop_files_of_tests[];

/* A file's test is named as its file is, with '-' or '_': test-undo-target.c, undo_target. */
static bool is_name(const char *word, const char *name)
{
	if (strncmp(word, "test-", strlen("test-")) == 0)
		word += strlen("test-");
	for (; *name && (*word == *name || (*word == '-' && *name == '_')); name++)
		word++;
	return !*name && (!*word || strcmp(word, ".c") == 0);
}

static bool wanted(const char *name, int n, char *names[])
{
	bool found = n == 0;

	for (int i = 0; i < n && !found; i++)
		found = is_name(names[i], name);
	return found;
}

int main(int argc, char *argv[])
{
	bool names = argc == 2 && strcmp(argv[1], "--names") == 0;
	int ran = 0, status = EXIT_SUCCESS;

	for (const struct test_file *f = __start_files_of_tests; f < __stop_files_of_tests; f++) {
		if (names)
			(void)puts(f->name);
		else if (!wanted(f->name, argc - 1, argv + 1))
			continue;
		else if (f->run() != EXIT_SUCCESS)
			status = EXIT_FAILURE;
		ran++;
	}
	if (!ran)
		(void)fprintf(stderr, "unit-tests: no such tests; --names lists them\n");
	return ran ? status : EXIT_FAILURE;
}
