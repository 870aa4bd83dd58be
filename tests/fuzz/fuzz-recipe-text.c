/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first byte says what kind of file the rest is. */
#include <string.h>

#include "ctl/recipes/recipe_text.h"
#include "ctl/recipes/script.h"
#include "tests/fuzz/fuzz.h"

static bool is_taken(enum recipe_kind kind)
{
	return kind == RECIPE_IDS || kind == RECIPE_SOFTDEP;
}

/* All bytes of @before are there, in order. */
static void check_kept(const char *before, const char *now)
{
	for (; *now && *before; now++)
		before += *now == *before;
	FUZZ_ASSERT(!*before);
}

static int count_doing(void *n, const struct recipe_line *where _unused_, char *line)
{
	*(size_t *)n += script_line_does(line) != NULL;
	return 0;
}

/* A script that is passed over has no line that does something. */
static void check_found(const char *text, enum recipe_file file, size_t found)
{
	size_t n = 0;

	if (file < RECIPE_SCRIPT)
		return;
	FUZZ_ASSERT(recipe_each_line(text, file, count_doing, &n) == 0);
	FUZZ_ASSERT(n == found);
}

static char *take_out(const char *text, enum recipe_file file, size_t *taken)
{
	struct recipe_lines lines _cleanup_(recipe_lines_free) = {0};
	_cleanup_free_ bool *out = NULL;
	char *now;

	FUZZ_ASSERT(recipe_find(text, file, &lines) == 0);
	check_found(text, file, lines.n);
	out = calloc(lines.n + 1, sizeof(*out));
	FUZZ_ASSERT(out);
	*taken = 0;
	for (size_t i = 0; i < lines.n; i++) {
		const struct recipe_line *line = &lines.line[i];

		FUZZ_ASSERT(line->start < line->end && line->end <= strlen(text) && line->value);
		FUZZ_ASSERT(!i || line->start > lines.line[i - 1].end);
		FUZZ_ASSERT(!i || line->line > lines.line[i - 1].line);
		out[i] = is_taken(line->kind);
		*taken += out[i];
	}
	now = recipe_take_out(text, &lines, out);
	FUZZ_ASSERT(now);
	return now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = NULL, *now = NULL, *again = NULL, *back = NULL;
	enum recipe_file file;
	size_t taken, more, n;

	if (size == 0)
		return 0;
	file = (enum recipe_file)(data[0] % 4);
	text = strndup((const char *)data + 1, size - 1);
	FUZZ_ASSERT(text);
	now = take_out(text, file, &taken);
	FUZZ_ASSERT((taken == 0) == (strcmp(now, text) == 0));
	check_kept(text, now);
	again = take_out(now, file, &more);
	FUZZ_ASSERT(more == 0 && strcmp(again, now) == 0);
	if (strstr(text, " by gpuclaim: "))
		return 0; /* our own marks, from another run */
	back = recipe_put_back(now, &n);
	FUZZ_ASSERT(back && strcmp(back, text) == 0 && n >= taken);
	return 0;
}
