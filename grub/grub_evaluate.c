/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_evaluate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "grub/shell.h"

#define NAME_LINUX   "GRUB_CMDLINE_LINUX"
#define NAME_DEFAULT "GRUB_CMDLINE_LINUX_DEFAULT"

struct buffer {
	char *text;
	size_t n;
};

static int append(struct buffer *to, const char *s, size_t n)
{
	char *more = realloc(to->text, to->n + n + 1);

	if (!more)
		return -ENOMEM;
	memcpy(more + to->n, s, n);
	more[to->n + n] = '\0';
	to->text = more;
	to->n += n;
	return 0;
}

/* "$NAME" or "${NAME}" at @s. Returns how long it is, or 0 if it is something else. */
static size_t expansion(const char *s, const struct grub_variables *vars, const char **ret)
{
	bool brace = s[1] == '{';
	const char *name = s + 1 + brace;
	size_t n;

	for (n = 0; isalnum((unsigned char)name[n]) || name[n] == '_'; n++)
		;
	if (brace && name[n] != '}')
		return 0;
	if (n == strlen(NAME_LINUX) && strncmp(name, NAME_LINUX, n) == 0)
		*ret = vars->linux_;
	else if (n == strlen(NAME_DEFAULT) && strncmp(name, NAME_DEFAULT, n) == 0)
		*ret = vars->default_;
	else
		return 0;
	if (!*ret)
		*ret = "";
	return n + 1 + (brace ? 2 : 0);
}

/*
 * The value as the shell makes it, no word splitting in an assignment. Returns 0, -ENOMEM,
 * or -EINVAL with *@ret_at where it can't be followed.
 */
static int expand(const char *s, size_t start, size_t end, const struct grub_variables *vars,
		  struct buffer *to, size_t *ret_at)
{
	char quote = 0;
	int r = append(to, "", 0);

	for (size_t i = start; i < end && r == 0; i++) {
		const char *value;
		size_t n = 0;

		*ret_at = i;
		if ((s[i] == '"' && quote != '\'') || (s[i] == '\'' && quote != '"')) {
			quote = quote ? 0 : s[i];
			continue;
		}
		if (s[i] == '$' && quote != '\'') {
			n = expansion(s + i, vars, &value);
			if (n == 0)
				return -EINVAL;
			i += n - 1;
			r = append(to, value, strlen(value));
		} else if (s[i] == '\\' && quote == '"' && s[i + 1] && strchr("\"\\$`", s[i + 1])) {
			r = append(to, s + ++i, 1);
		} else if ((s[i] == '\\' || s[i] == '`') && quote != '\'') {
			return -EINVAL;
		} else {
			r = append(to, s + i, 1);
		}
	}
	return r;
}

static void set_unknown(struct grub_variables *vars, const char *text, size_t at, const char *what)
{
	if (vars->unknown)
		return;
	vars->unknown = true;
	text_position(text, at, &vars->error);
	vars->error.what = what;
}

static int assign(struct grub_variables *vars, const char *text, const struct shell_statement *s,
		  char **variable)
{
	struct buffer value = {0};
	size_t at = s->start;
	int r = 0;

	if (s->append && *variable)
		r = append(&value, *variable, strlen(*variable));
	if (r == 0)
		r = s->depth != 0 ? -EINVAL
				  : expand(text, s->value, s->value_end, vars, &value, &at);
	if (r == -EINVAL)
		set_unknown(vars, text, at, "only a shell can tell this value");
	if (r < 0) {
		free(value.text);
		return r == -EINVAL ? 0 : r;
	}
	free(*variable);
	*variable = value.text;
	return 0;
}

static int evaluate_one(struct grub_variables *vars, const char *text,
			const struct shell_statement *s)
{
	size_t from = s->assigns ? s->value_end : s->start;
	int r = 0;

	if (shell_is_name(text, s, NAME_LINUX))
		r = assign(vars, text, s, &vars->linux_);
	else if (shell_is_name(text, s, NAME_DEFAULT))
		r = assign(vars, text, s, &vars->default_);
	else if (!s->assigns && strncmp(text + s->start, "export ", 7) == 0)
		return 0;

	if (shell_reads_other(text, from, s->end) ||
	    shell_mentions(text, from, s->end, NAME_LINUX) ||
	    shell_mentions(text, from, s->end, NAME_DEFAULT))
		set_unknown(vars, text, from, "a command here may change the variable");
	return r;
}

int grub_default_evaluate(const char *text, struct grub_variables *vars)
{
	struct shell shell = {.text = text};
	struct shell_statement s;
	struct text_error error = {0};
	int r;

	for (;;) {
		r = shell_next(&shell, &s, &error);
		if (r == 0)
			return 0;
		if (r < 0 && !vars->unknown) {
			vars->unknown = true;
			vars->error = error;
		}
		if (r < 0)
			return 0;
		r = evaluate_one(vars, text, &s);
		if (r < 0)
			return r;
	}
}

void grub_variables_free(struct grub_variables *vars)
{
	free(vars->linux_);
	free(vars->default_);
	*vars = (struct grub_variables){0};
}
