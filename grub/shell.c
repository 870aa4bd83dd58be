/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/shell.h"

#include <ctype.h>

#define OPEN_SOMETHING "a quote or bracket that is opened here is never closed"
#define NESTING_MAX    32

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool ends_word(char c)
{
	return c == '\0' || c == '\n' || c == ' ' || c == '\t' || c == ';' || c == '&' || c == '|';
}

static size_t skip_single(const char *s, size_t i)
{
	for (i++; s[i]; i++)
		if (s[i] == '\'')
			return i + 1;
	return 0;
}

static size_t skip_one(const char *s, size_t i, unsigned nesting);

/* From behind an opening character to behind its closing one; 0: there is none. */
static size_t skip_until(const char *s, size_t i, char close, unsigned nesting)
{
	if (nesting > NESTING_MAX)
		return 0;
	while (s[i]) {
		if (s[i] == close)
			return i + 1;
		if (s[i] == '\'' && close == '"')
			i++; /* means nothing between double quotes */
		else
			i = skip_one(s, i, nesting);
		if (i == 0)
			return 0;
	}
	return 0;
}

/* One character, or all that the one at @i opens. */
static size_t skip_one(const char *s, size_t i, unsigned nesting)
{
	switch (s[i]) {
	case '\\':
		return s[i + 1] ? i + 2 : i + 1;
	case '\'':
		return skip_single(s, i);
	case '"':
		return skip_until(s, i + 1, '"', nesting + 1);
	case '`':
		return skip_until(s, i + 1, '`', nesting + 1);
	case '(':
		return skip_until(s, i + 1, ')', nesting + 1);
	case '$':
		if (s[i + 1] == '{')
			return skip_until(s, i + 2, '}', nesting + 1);
		if (s[i + 1] == '(')
			return skip_until(s, i + 2, ')', nesting + 1);
		return i + 1;
	default:
		return i + 1;
	}
}

/* "(" alone is a block's, or a pattern's of "case": nothing need close it. Returns 0 as above. */
static size_t skip_plain(const char *s, size_t i)
{
	return s[i] == '(' ? i + 1 : skip_one(s, i, 0);
}

/* A backslash and the newline behind it are nothing: a word goes on, or still may begin. */
static bool is_continued(const char *s, size_t i)
{
	return s[i] == '\\' && s[i + 1] == '\n';
}

/* Where the logical line that begins at @i ends; 0 with @error set if that can't be told. */
static int find_end(const char *s, size_t start, size_t *ret, struct text_error *error)
{
	size_t i = start;
	bool new_word = true;

	while (s[i] && s[i] != '\n') {
		size_t next;

		if (s[i] == '#' && new_word) {
			i += strcspn(s + i, "\n");
			break;
		}
		if (s[i] == '<' && s[i + 1] == '<') {
			text_position(s, i, error);
			error->what = "a here-document";
			return -EINVAL;
		}
		next = skip_plain(s, i);
		if (next == 0) {
			text_position(s, i, error);
			error->what = OPEN_SOMETHING;
			return -EINVAL;
		}
		if (!is_continued(s, i))
			new_word = ends_word(s[i]);
		i = next;
	}
	*ret = i;
	return 0;
}

/* Behind the word that begins at @i. */
static size_t skip_word(const char *s, size_t i, size_t end)
{
	while (i < end && !ends_word(s[i])) {
		size_t next = skip_plain(s, i);

		/* find_end() has been here, and refused it: but this must end. */
		if (next == 0)
			return end;
		i = next;
	}
	return i;
}

static size_t skip_blanks(const char *s, size_t i)
{
	for (;;) {
		i += strspn(s + i, " \t");
		if (!is_continued(s, i))
			return i;
		i += 2;
	}
}

static void parse_assignment(const char *s, struct shell_statement *ret)
{
	size_t i = ret->start, end;

	if (strncmp(s + i, "export", 6) == 0 && (s[i + 6] == ' ' || s[i + 6] == '\t'))
		i = skip_blanks(s, i + 6);
	for (end = i; is_word(s[end]); end++)
		;
	ret->append = s[end] == '+' && s[end + 1] == '=';
	if (end == i || isdigit((unsigned char)s[i]) || (s[end] != '=' && !ret->append))
		return;

	ret->assigns = true;
	ret->name = i;
	ret->name_end = end;
	ret->value = end + 1 + ret->append;
	i = skip_word(s, ret->value, ret->end);
	ret->value_end = i;
	i = skip_blanks(s, i);
	ret->alone = i >= ret->end || (s[i] == '#' && i > ret->value_end);
}

/* Calls @visit for the words outside quotes; they are cut at blanks, ';', '&' and '|'. */
static void each_word(const char *s, size_t start, size_t end,
		      void (*visit)(const char *word, size_t n, void *data), void *data)
{
	for (size_t i = start; i < end;) {
		size_t from = i;

		if (s[i] == '#')
			return;
		if (is_continued(s, i)) {
			i += 2;
			continue;
		}
		i = skip_word(s, i, end);
		if (i > from)
			visit(s + from, i - from, data);
		else
			i++;
	}
}

static bool is_one_of(const char *word, size_t n, const char *const list[])
{
	for (; *list; list++)
		if (strlen(*list) == n && strncmp(word, *list, n) == 0)
			return true;
	return false;
}

static void count_block(const char *word, size_t n, void *data)
{
	static const char *const openers[] = {"if",	"for", "while", "until", "case",
					      "select", "{",   "(",	NULL};
	static const char *const closers[] = {"fi", "done", "esac", "}", ")", NULL};
	int *depth = data;

	*depth += is_one_of(word, n, openers);
	*depth -= is_one_of(word, n, closers);
}

int shell_next(struct shell *shell, struct shell_statement *ret, struct text_error *error)
{
	const char *s = shell->text;
	size_t i = shell->at;
	int r;

	for (;;) {
		i += strspn(s + i, " \t\n;");
		if (s[i] != '#')
			break;
		i += strcspn(s + i, "\n");
	}
	shell->at = i;
	if (!s[i])
		return 0;

	*ret = (struct shell_statement){.start = i, .depth = shell->depth};
	r = find_end(s, i, &ret->end, error);
	if (r < 0)
		return r;
	shell->at = ret->end;
	parse_assignment(s, ret);
	each_word(s, ret->assigns ? ret->value_end : ret->start, ret->end, count_block,
		  &shell->depth);
	return 1;
}

bool shell_is_name(const char *text, const struct shell_statement *statement, const char *name)
{
	size_t n = statement->name_end - statement->name;

	return statement->assigns && strlen(name) == n &&
	       strncmp(text + statement->name, name, n) == 0;
}

bool shell_mentions(const char *text, size_t start, size_t end, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = start; i + n <= end; i++)
		if (strncmp(text + i, name, n) == 0 && !is_word(text[i + n]) &&
		    (i == start || !is_word(text[i - 1])))
			return true;
	return false;
}

static void note_reader(const char *word, size_t n, void *data)
{
	static const char *const readers[] = {".", "source", "eval", NULL};

	*(bool *)data |= is_one_of(word, n, readers);
}

bool shell_reads_other(const char *text, size_t start, size_t end)
{
	bool reads = false;

	each_word(text, start, end, note_reader, &reads);
	return reads;
}
