/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_default.h"

#include <stdio.h>
#include <string.h>

#include "grub/shell.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

static int refuse(const char *text, size_t at, const char *what, struct text_error *error)
{
	text_position(text, at, error);
	error->what = what;
	return -EINVAL;
}

/* A command, or what follows another assignment: may it set the variable? */
static int check_other(const char *text, const struct shell_statement *s, const char *name,
		       struct text_error *error)
{
	size_t from = s->assigns ? s->value_end : s->start;

	if (shell_reads_other(text, from, s->end))
		return refuse(text, from, "another file is read, or something is evaluated, here",
			      error);
	/* "export NAME" alone says nothing of the value. */
	if (!s->assigns && strncmp(text + s->start, "export ", 7) == 0 &&
	    !memchr(text + s->start, '=', s->end - s->start))
		return 0;
	if (shell_mentions(text, from, s->end, name))
		return refuse(text, from, "a command here may change the variable", error);
	return 0;
}

/* The characters of a value that are not only themselves. */
static const char *special_characters(char quote)
{
	switch (quote) {
	case '"':
		return "$`\\\"";
	case '\'':
		return "'";
	default:
		return "$`\\\"'*?[]~<>(){}!#";
	}
}

static int check_place(const char *text, const struct shell_statement *s, struct text_error *error)
{
	if (s->append)
		return refuse(text, s->name, "an assignment with +=", error);
	if (s->depth != 0)
		return refuse(text, s->name, "an assignment inside a condition, loop or block",
			      error);
	if (s->start != s->name)
		return refuse(text, s->start, "an assignment with export", error);
	if (!s->alone)
		return refuse(text, s->value_end, "more than the assignment is on the line", error);
	return 0;
}

static int parse_value(const char *text, const struct shell_statement *s,
		       struct grub_assignment *ret, struct text_error *error)
{
	char quote = text[s->value] == '"' || text[s->value] == '\'' ? text[s->value] : 0;
	size_t start = s->value + (quote != 0), end = s->value_end, plain;

	if (quote && (end < start + 1 || text[end - 1] != quote))
		return refuse(text, s->value, "a value of several parts", error);
	end -= quote != 0;
	plain = strcspn(text + start, special_characters(quote));
	if (start + plain < end)
		return refuse(text, start + plain,
			      quote ? "an expansion, a backslash or a second quoted part"
				    : "a character that means something to the shell",
			      error);
	for (size_t i = start; i < end; i++) {
		if (text[i] == '\n')
			return refuse(text, i, "a value of several lines", error);
		if (text[i] == '\r')
			return refuse(text, i, "a carriage return", error);
	}

	ret->value = strndup(text + start, end - start);
	if (!ret->value)
		return -ENOMEM;
	ret->start = s->value;
	ret->end = s->value_end;
	ret->quote = quote;
	ret->line = text_line(text, s->value);
	return 0;
}

int grub_default_find(const char *text, const char *name, struct grub_assignment *ret,
		      struct text_error *error)
{
	struct grub_assignment found _cleanup_(grub_assignment_free) = {0};
	struct shell shell = {.text = text};
	struct shell_statement s;
	int r;

	*error = (struct text_error){0};
	for (;;) {
		r = shell_next(&shell, &s, error);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		if (!shell_is_name(text, &s, name)) {
			r = check_other(text, &s, name, error);
			if (r < 0)
				return r;
			continue;
		}
		if (found.value)
			return refuse(text, s.name, "a second assignment of the variable", error);
		r = check_place(text, &s, error);
		if (r == 0)
			r = parse_value(text, &s, &found, error);
		if (r < 0)
			return r;
	}
	if (!found.value)
		return -ENOENT;
	*ret = found;
	found.value = NULL;
	return 0;
}

char *grub_default_replace(const char *text, const struct grub_assignment *at, const char *value)
{
	_cleanup_free_ char *quoted = NULL;
	char quote = at->quote;
	char mark[2] = "";

	if (!quote && value[strcspn(value, " \t")])
		quote = '"';
	if (value[strcspn(value, special_characters(quote))] || strchr(value, '\n')) {
		errno = EINVAL;
		return NULL;
	}
	mark[0] = quote;
	if (text_format(&quoted, "%s%s%s", mark, value, mark) < 0)
		return NULL;
	return text_splice(text, at->start, at->end, quoted);
}

char *grub_default_append(const char *text, const char *name, const char *value)
{
	size_t n = strlen(text);
	char *result;

	if (asprintf(&result, "%s%s%s=\"%s\"\n", text, n && text[n - 1] != '\n' ? "\n" : "", name,
		     value) < 0)
		return NULL;
	return result;
}

/* Ends the line, so that it is known again. */
#define OWN_LINE " # by gpuclaimctl: \"gpuclaimctl kargs revert\" takes the line out"

int grub_own_line_add(const char *text, const char *name, const struct kargs_wanted *words,
		      size_t n, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	size_t length = strlen(text);

	text_add(&to, text);
	text_add(&to, length && text[length - 1] != '\n' ? "\n" : "");
	text_addf(&to, "%s=\"$%s", name, name);
	for (size_t i = 0; i < n; i++)
		text_addf(&to, " %s=%s", words[i].name, words[i].value);
	text_add(&to, "\"" OWN_LINE "\n");
	return text_take(&to, ret, NULL);
}

/* Behind the words of ours that stand at @at, each with a blank before it. */
static const char *skip_words(const char *at)
{
	for (size_t i = 0; i < KARGS_ALL; i++) {
		size_t name = strlen(kargs_all[i].name), value = strlen(kargs_all[i].value);
		const char *word = at + 1, *end = word + name + 1 + value;

		if (*at != ' ' || strncmp(word, kargs_all[i].name, name) != 0 ||
		    word[name] != '=' || strncmp(word + name + 1, kargs_all[i].value, value) != 0 ||
		    !strchr(" \"", *end))
			continue;
		at = end;
		i = (size_t)-1;
	}
	return at;
}

static bool is_marked(const char *line, size_t n)
{
	size_t mark = strlen(OWN_LINE);

	return n >= mark && strncmp(line + n - mark, OWN_LINE, mark) == 0;
}

/* With a word of somebody else's in it, it is no more than marked. */
static bool is_own(const char *line, size_t n)
{
	size_t name = strcspn(line, "=\n");
	const char *at = line + name;

	if (!is_marked(line, n) || strncmp(at, "=\"$", 3) != 0 || strncmp(at + 3, line, name) != 0)
		return false;
	at = skip_words(at + 3 + name);
	return *at == '"' && at + 1 == line + n - strlen(OWN_LINE);
}

int grub_own_line_remove(const char *text, char **ret, bool *ret_found)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	*ret_found = false;
	while (*text) {
		size_t n = strcspn(text, "\n"), whole = n + (text[n] == '\n');

		if (is_own(text, n))
			*ret_found = true;
		else
			text_add_bytes(&to, text, whole);
		text += whole;
	}
	return text_take(&to, ret, NULL);
}

int grub_own_line_disown(const char *text, char **ret, bool *ret_found)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	*ret_found = false;
	while (*text) {
		size_t n = strcspn(text, "\n");
		bool marked = is_marked(text, n);
		const char *end = text + n - (marked ? strlen(OWN_LINE) : 0);

		*ret_found |= marked;
		for (const char *at = text; at < end; at++) {
			if (marked)
				at = skip_words(at);
			if (at < end)
				text_add_bytes(&to, at, 1);
		}
		text += n;
		if (*text)
			text_add_bytes(&to, text++, 1);
	}
	return text_take(&to, ret, NULL);
}

void grub_assignment_free(struct grub_assignment *assignment)
{
	free(assignment->value);
	assignment->value = NULL;
}
