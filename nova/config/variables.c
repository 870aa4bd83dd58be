/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/variables.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"

#define BLANKS	 " \t"
#define NEWLINES "\r\n"

static void free_variable(struct variable *variable)
{
	free(variable->name);
	free(variable->value);
	free(variable->file);
}

void variables_free(struct variables *variables)
{
	for (size_t i = 0; i < variables->n; i++)
		free_variable(&variables->variable[i]);
	free(variables->variable);
	*variables = (struct variables){0};
}

void variables_keep(struct variables *variables, bool wanted(const char *name))
{
	size_t n = 0;

	for (size_t i = 0; i < variables->n; i++)
		if (wanted(variables->variable[i].name))
			variables->variable[n++] = variables->variable[i];
		else
			free_variable(&variables->variable[i]);
	variables->n = n;
}

static struct variable *find(const struct variables *variables, const char *name, size_t length)
{
	for (size_t i = 0; i < variables->n; i++)
		if (strncmp(variables->variable[i].name, name, length) == 0 &&
		    !variables->variable[i].name[length])
			return &variables->variable[i];
	return NULL;
}

const char *variables_value(const struct variables *variables, const char *name, size_t length)
{
	const struct variable *found = find(variables, name, length);

	return found ? found->value : "";
}

static bool is_name(const char *name)
{
	return *name && !(*name >= '0' && *name <= '9') && !name[strspn(name, VARIABLE_BYTES)];
}

int variables_set(struct variables *variables, const struct variable *variable)
{
	struct variable *old = find(variables, variable->name, strlen(variable->name)), made = {0};
	int r;

	if (!is_name(variable->name))
		return 0;
	r = text_copy(variable->name, &made.name);
	if (r == 0)
		r = text_copy(variable->value, &made.value);
	if (r == 0)
		r = text_copy(variable->file, &made.file);
	if (r == 0 && !old)
		r = ARRAY_ADD(variables->variable, variables->n, made);
	if (r < 0) {
		free_variable(&made);
	} else if (old) {
		free_variable(old);
		*old = made;
	}
	return r;
}

char *word_next(char **at)
{
	char *from = *at + strspn(*at, BLANKS NEWLINES), *word = from, *to = from, quote = '\0';

	if (!*from)
		return NULL;
	for (; *from && (quote || !strchr(BLANKS NEWLINES, *from)); from++) {
		if (*from == quote) {
			quote = '\0';
		} else if (!quote && (*from == '"' || *from == '\'')) {
			quote = *from;
		} else {
			from += *from == '\\' && from[1];
			*to++ = *from;
		}
	}
	*at = from + (*from != '\0');
	*to = '\0';
	return word;
}

int variables_take_line(struct variables *variables, char *line)
{
	int r = 0;

	if (!line[strspn(line, BLANKS)])
		variables_free(variables);
	for (char *word; r == 0 && (word = word_next(&line));) {
		char *equal = strchr(word, '=');

		if (!equal)
			continue;
		*equal = '\0';
		r = variables_set(variables, &(struct variable){word, equal + 1, NULL});
	}
	return r;
}

int variables_name_file(struct variables *variables, const char *file)
{
	int r = 0;

	for (size_t i = 0; i < variables->n && r == 0; i++)
		if (!variables->variable[i].file)
			r = text_copy(file, &variables->variable[i].file);
	return r;
}

/* What is between two quotes goes to @to, which is not behind @at. Return: behind them. */
static char *take_quoted(char *at, char **to)
{
	char quote = *at++;

	for (; *at && *at != quote; at++) {
		bool escapes = quote == '"' && *at == '\\' && at[1];

		if (escapes && at[1] == '\n') {
			at++;
			continue;
		}
		at += escapes && strchr("\"\\`$", at[1]);
		*(*to)++ = *at;
	}
	return at + (*at == quote && quote);
}

/* The same of a value. A quote that is not at its start is a character. Return: its line's end. */
static char *take_value(char *at, char **to)
{
	char *end;

	for (at += strspn(at, BLANKS); *at == '"' || *at == '\''; at += strspn(at, BLANKS))
		at = take_quoted(at, to);
	for (end = *to; *at && !strchr(NEWLINES, *at); at++) {
		bool escaped = *at == '\\';

		at += escaped;
		if (!*at)
			break;
		if (escaped && strchr(NEWLINES, *at))
			continue;
		*(*to)++ = *at;
		if (escaped || !strchr(BLANKS, *at))
			end = *to;
	}
	*to = end;
	return at;
}

int variables_take_file(struct variables *variables, const char *file, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *at = copy;
	int r = copy ? 0 : -ENOMEM;

	while (r == 0 && *(at += strspn(at, BLANKS NEWLINES))) {
		struct variable one = {.name = at, .file = (char *)file};
		size_t n = strcspn(at, "=" NEWLINES);
		char *to = at + n + 1;

		if (*at == '#' || *at == ';' || at[n] != '=') {
			at += strcspn(at, NEWLINES);
			continue;
		}
		one.value = to;
		at = take_value(to, &to);
		at += *at != '\0';
		*to = '\0';
		while (n && strchr(BLANKS, one.name[n - 1]))
			n--;
		one.name[n] = '\0';
		r = variables_set(variables, &one);
	}
	return r;
}
