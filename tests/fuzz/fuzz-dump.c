/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first line is a path, the rest what the file says. Its statement in a dump is read back here
 * as tests/fixtures/expand.py reads it, and gives the same bytes.
 */
#include <string.h>

#include "ctl/dump/text.h"
#include "tests/fuzz/fuzz.h"

#define PATH_BYTES_MAX 256

/* One escape of a value; returns what is behind it. */
static const char *unescape_one(const char *from, char *to)
{
	unsigned code;

	if (*from != 'x') {
		FUZZ_ASSERT(*from == 'n' || *from == 't' || *from == '\\');
		*to = *from == 'n' ? '\n' : *from == 't' ? '\t' : '\\';
		return from + 1;
	}
	FUZZ_ASSERT(sscanf(from, "x%2x", &code) == 1);
	*to = (char)code;
	return from + 3;
}

/* "VALUE\n" */
static size_t read_value(const char *from, char *to)
{
	size_t n = 0;

	while (*from != '\n') {
		FUZZ_ASSERT(*from >= ' ' && *from <= '~');
		if (*from == '\\')
			from = unescape_one(from + 1, &to[n++]);
		else
			to[n++] = *from++;
	}
	FUZZ_ASSERT(from[1] == '\0');
	return n;
}

/* "\n" and lines behind a tab each, which a reader does not take for blank or for another
 * statement. */
static size_t read_lines(const char *from, char *to)
{
	size_t n = 0;

	FUZZ_ASSERT(*from++ == '\n');
	while (*from) {
		FUZZ_ASSERT(*from++ == '\t');
		FUZZ_ASSERT(from[strspn(from, " \t")] != '\n');
		while (*from != '\n') {
			FUZZ_ASSERT(*from);
			to[n++] = *from++;
		}
		to[n++] = *from++;
	}
	return n;
}

/* Comments are what a reader passes over. */
static void check_left_out(const char *text, const char *path)
{
	FUZZ_ASSERT(*text == '#' && strchr(text, '\n') == text + strlen(text) - 1);
	for (; *path > ' ' && *path <= '~'; path++)
		;
	FUZZ_ASSERT(*path);
}

static void check_statement(const char *text, const char *path, const char *data, size_t size)
{
	_cleanup_free_ char *back = malloc(strlen(text) + 1);
	size_t n = strlen(path);

	FUZZ_ASSERT(back);
	FUZZ_ASSERT(strncmp(text, "f ", 2) == 0 && strncmp(text + 2, path, n) == 0);
	text += 2 + n;
	n = *text == ' ' ? read_value(text + 1, back) : read_lines(text, back);
	FUZZ_ASSERT(n == size && (n == 0 || memcmp(back, data, n) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *newline = size ? memchr(data, '\n', size) : NULL;
	size_t path_size = newline ? (size_t)(newline - (const char *)data) : 0, written = 0;
	char path[PATH_BYTES_MAX], *text = NULL;
	struct dump dump = {0};

	if (path_size == 0 || path_size >= sizeof(path))
		return 0;
	memcpy(path, data, path_size);
	path[path_size] = '\0';
	size -= path_size + 1;

	dump.to = open_memstream(&text, &written);
	FUZZ_ASSERT(dump.to);
	dump_file(&dump, path, newline + 1, size);
	FUZZ_ASSERT(fclose(dump.to) == 0 && strlen(text) == written);
	if (*text == 'f')
		check_statement(text, path, newline + 1, size);
	else
		check_left_out(text, path);
	free(text);
	return 0;
}
