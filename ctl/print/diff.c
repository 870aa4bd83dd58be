/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/diff.h"

#include <stdbool.h>
#include <string.h>

#include "helper/base/text.h"

#define CONTEXT 3

struct lines {
	const char **line; /* owned; the texts are the caller's */
	size_t n;
};

static size_t length_of(const char *line)
{
	return strcspn(line, "\n");
}

static int split(const char *text, struct lines *ret)
{
	size_t n = 0;

	for (const char *p = text; *p; p += length_of(p), p += *p == '\n')
		n++;
	ret->line = calloc(n + 1, sizeof(*ret->line));
	if (!ret->line)
		return -ENOMEM;
	for (const char *p = text; *p; p += length_of(p), p += *p == '\n')
		ret->line[ret->n++] = p;
	return 0;
}

static void lines_free(struct lines *lines)
{
	free(lines->line);
}

/* With its newline: a last line without one is another line. */
static bool same(const char *a, const char *b)
{
	size_t n = length_of(a);

	return length_of(b) == n && strncmp(a, b, n) == 0 && a[n] == b[n];
}

/* A file may hold anything, a terminal gets no control character but tabs. */
static void print_printable(const char *line, FILE *to)
{
	_cleanup_free_ char *clean = strndup(line, length_of(line));
	char *rest = clean, *part;

	while ((part = strsep(&rest, "\t"))) {
		text_make_printable(part);
		fprintf(to, "%s%s", part, rest ? "\t" : "");
	}
	fputs(clean ? "\n" : "?\n", to);
}

static void print_one(char mark, const char *line, FILE *to)
{
	fputc(mark, to);
	print_printable(line, to);
	if (!line[length_of(line)])
		fputs("\\ No newline at end of file\n", to);
}

/* "12,5", "12" for one line, and for none the line before. */
static void print_range(char mark, size_t start, size_t n, FILE *to)
{
	fprintf(to, "%c%zu", mark, n ? start + 1 : start);
	if (n != 1)
		fprintf(to, ",%zu", n);
}

/*
 * Our edits change one place of a file, so what differs is one block between what both begin
 * and what both end with.
 */
static void print_block(const struct lines *a, const struct lines *b, FILE *to)
{
	size_t first = 0, tail = 0, from, until;

	while (first < a->n && first < b->n && same(a->line[first], b->line[first]))
		first++;
	while (tail < a->n - first && tail < b->n - first &&
	       same(a->line[a->n - 1 - tail], b->line[b->n - 1 - tail]))
		tail++;
	from = first > CONTEXT ? first - CONTEXT : 0;
	until = tail > CONTEXT ? CONTEXT : tail;

	fputs("@@ ", to);
	print_range('-', from, a->n - tail + until - from, to);
	fputc(' ', to);
	print_range('+', from, b->n - tail + until - from, to);
	fputs(" @@\n", to);
	for (size_t i = from; i < first; i++)
		print_one(' ', a->line[i], to);
	for (size_t i = first; i < a->n - tail; i++)
		print_one('-', a->line[i], to);
	for (size_t i = first; i < b->n - tail; i++)
		print_one('+', b->line[i], to);
	for (size_t i = a->n - tail; i < a->n - tail + until; i++)
		print_one(' ', a->line[i], to);
}

int diff_print(const char *path, const char *before, const char *after, FILE *to)
{
	struct lines a _cleanup_(lines_free) = {0};
	struct lines b _cleanup_(lines_free) = {0};
	int r = split(before ? before : "", &a);

	if (r == 0)
		r = split(after ? after : "", &b);
	if (r < 0)
		return r;
	if (before)
		fprintf(to, "--- a%s\n", path);
	else
		fputs("--- /dev/null\n", to);
	if (after)
		fprintf(to, "+++ b%s\n", path);
	else
		fputs("+++ /dev/null\n", to);
	print_block(&a, &b, to);
	return 0;
}
