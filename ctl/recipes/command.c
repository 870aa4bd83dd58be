/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/command.h"

#include <ctype.h>
#include <string.h>

#define BLANKS	  " \t\r\n"
#define OPERATORS ";&|<>()"

/* "$(…)", "${…}", "`…`": copied as it stands. */
static void take_substitution(struct command_text *text)
{
	char open = text->at[0] == '$' ? text->at[1] : '`';
	char close = open == '(' ? ')' : open == '{' ? '}' : '`';
	unsigned depth = 0;

	if (*text->at == '$')
		*text->room++ = *text->at++;
	do {
		char c = *text->at;

		if (!c) {
			text->bad = true;
			return;
		}
		if (c == close && depth)
			depth--;
		else if (c == open)
			depth++;
		*text->room++ = c;
		text->at++;
	} while (depth);
}

static bool is_substitution(const char *at)
{
	return *at == '`' || (*at == '$' && (at[1] == '(' || at[1] == '{'));
}

static char *take_word(struct command_text *text)
{
	char *word = text->room, quote = '\0';

	while (*text->at && (quote || !strchr(BLANKS OPERATORS, *text->at))) {
		if (quote != '\'' && is_substitution(text->at)) {
			take_substitution(text);
		} else if (quote != '\'' && *text->at == '\\' && text->at[1]) {
			*text->room++ = text->at[1];
			text->at += 2;
		} else if (*text->at == quote) {
			quote = '\0';
			text->at++;
		} else if (!quote && strchr("'\"", *text->at)) {
			quote = *text->at++;
		} else {
			*text->room++ = *text->at++;
		}
	}
	text->bad = text->bad || quote;
	*text->room++ = '\0';
	return word;
}

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == '\0';
}

/* ">FILE", "2>&1", "<FILE" */
static void take_redirection(struct command_text *text, struct command *command)
{
	bool out = *text->at == '>';
	const char *to;

	if (command->n && isdigit((unsigned char)text->at[-1]) &&
	    is_number(command->word[command->n - 1]))
		command->n--;
	text->at++;
	text->bad = text->bad || (!out && *text->at == '<');
	text->at += *text->at == '>' || *text->at == '|';
	if (*text->at == '&') {
		text->at += 1 + strspn(text->at + 1, "0123456789-");
		return;
	}
	text->at += strspn(text->at, BLANKS);
	to = take_word(text);
	text->bad = text->bad || (out ? command->to != NULL : strpbrk(to, "`$") != NULL);
	if (out)
		command->to = to;
}

/* "(" and ")". Return: the command ends here. */
static bool take_bracket(struct command_text *text, struct command *command)
{
	if (*text->at++ == '(') {
		const char *rest = text->at + strspn(text->at, BLANKS);

		command->defines = command->n == 1 && *rest == ')';
		if (command->defines)
			text->at = rest + 1;
		else
			text->depth++;
		return command->defines;
	}
	command->pattern = text->depth == 0 && command->n > 0;
	text->depth -= text->depth > 0;
	return true;
}

static bool is_end(const char *at)
{
	return !*at || *at == '#';
}

bool command_next(struct command_text *text, struct command *ret)
{
	bool ends = false;

	*ret = (struct command){0};
	for (;;) {
		text->at += strspn(text->at, BLANKS);
		if (is_end(text->at) || ends)
			break;
		if (strchr(";&|", *text->at)) {
			text->at += strspn(text->at, ";&|");
			ends = ret->n > 0 || ret->to;
		} else if (strchr("<>", *text->at)) {
			take_redirection(text, ret);
		} else if (strchr("()", *text->at)) {
			ends = take_bracket(text, ret) && (ret->n > 0 || ret->to);
		} else if (ret->n == COMMAND_WORDS_MAX) {
			text->bad = true;
			text->at += strlen(text->at);
		} else {
			ret->word[ret->n++] = take_word(text);
		}
	}
	return ret->n > 0 || ret->to;
}
