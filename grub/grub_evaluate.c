/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grub_evaluate.h"

#include <ctype.h>
#include <string.h>

#include "grub/shell.h"

#define NAME_LINUX   "GRUB_CMDLINE_LINUX"
#define NAME_DEFAULT "GRUB_CMDLINE_LINUX_DEFAULT"

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789"

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

static struct grub_variable *find_other(const struct grub_variables *vars, const char *name,
					size_t n)
{
	for (size_t i = 0; i < vars->n_other; i++)
		if (strlen(vars->other[i].name) == n && strncmp(vars->other[i].name, name, n) == 0)
			return &vars->other[i];
	return NULL;
}

static bool is_named(const char *name, size_t n, const char *other)
{
	return n == strlen(other) && strncmp(name, other, n) == 0;
}

/* Return: 0 (@ret NULL: never assigned), or -EINVAL. */
static int look_up(const struct grub_variables *vars, const char *name, size_t n, const char **ret)
{
	const struct grub_variable *other = find_other(vars, name, n);

	*ret = NULL;
	if (is_named(name, n, NAME_LINUX))
		*ret = vars->linux_;
	else if (is_named(name, n, NAME_DEFAULT))
		*ret = vars->default_;
	else if (other)
		*ret = other->value;
	else
		return strncmp(name, "GRUB_", 5) == 0 ? 0 : -EINVAL; /* others' may be inherited */
	return other && !other->value ? -EINVAL : 0;
}

int grub_variable(const struct grub_variables *vars, const char *name, const char **ret)
{
	return look_up(vars, name, strlen(name), ret);
}

/* What is expanded, and to where; @at is where it can't be followed. */
struct expansion {
	const char *s;
	const struct grub_variables *vars;
	struct buffer *to;
	size_t at;
};

static int expand(struct expansion *e, size_t start, size_t end, char quote);

/* The '}' that ends what begins at @at; @end: there is none that can be told. */
static size_t find_close(const char *s, size_t at, size_t end)
{
	for (unsigned depth = 0; at < end; at++) {
		if (strchr("\"'`\\", s[at]))
			return end;
		if (s[at] == '}' && depth-- == 0)
			return at;
		depth += s[at] == '$' && s[at + 1] == '{';
	}
	return end;
}

/* ${NAME}, ${NAME:+words} and its like; *@at is at its '$', and then at its '}'. */
static int expand_braces(struct expansion *e, size_t *at, size_t end, char quote)
{
	const char *s = e->s, *value;
	size_t name = *at + 2, n = strspn(s + name, NAME_CHARACTERS), close;
	size_t word = name + n + (s[name + n] == ':');
	char sign = s[word];
	bool set;
	int r = look_up(e->vars, s + name, n, &value);

	if (r < 0 || n == 0 || !strchr("}+-", sign) || (sign == '}' && s[name + n] == ':'))
		return -EINVAL;
	close = sign == '}' ? word : find_close(s, word + 1, end);
	if (close >= end)
		return -EINVAL;
	*at = close;
	set = value && (*value || s[name + n] != ':');
	if (sign != '}' && set == (sign == '+'))
		return expand(e, word + 1, close, quote);
	return sign == '+' || !value ? 0 : append(e->to, value, strlen(value));
}

static int expand_variable(struct expansion *e, size_t *at, size_t end, char quote)
{
	const char *name = e->s + *at + 1, *value;
	size_t n = strspn(name, NAME_CHARACTERS);

	if (*name == '{')
		return expand_braces(e, at, end, quote);
	if (n == 0 || look_up(e->vars, name, n, &value) < 0)
		return -EINVAL;
	*at += n;
	return value ? append(e->to, value, strlen(value)) : 0;
}

/*
 * The value as the shell makes it, no word splitting in an assignment. Returns 0, -ENOMEM,
 * or -EINVAL with @e->at where it can't be followed.
 */
static int expand(struct expansion *e, size_t start, size_t end, char quote)
{
	const char *s = e->s;
	int r = append(e->to, "", 0);

	for (size_t i = start; i < end && r == 0; i++) {
		e->at = i;
		if ((s[i] == '"' && quote != '\'') || (s[i] == '\'' && quote != '"'))
			quote = quote ? 0 : s[i];
		else if (s[i] == '$' && quote != '\'')
			r = expand_variable(e, &i, end, quote);
		else if (s[i] == '\\' && quote == '"' && s[i + 1] && strchr("\"\\$`", s[i + 1]))
			r = append(e->to, s + ++i, 1);
		else if (s[i] == '\\' && s[i + 1] == '\n' && quote != '\'')
			i++; /* the next line goes on */
		else if ((s[i] == '\\' || s[i] == '`') && quote != '\'')
			return -EINVAL;
		else
			r = append(e->to, s + i, 1);
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

/* With a command or "&" behind it, it lasts no longer than that. */
static bool is_lasting(const char *text, const struct shell_statement *s)
{
	size_t at = s->value_end + strspn(text + s->value_end, " \t\r");

	return s->alone || at >= s->end || text[at] == ';';
}

/* Return: 0, -ENOMEM, or -EINVAL: only a shell can tell the value, *@ret_at tells where. */
static int evaluate(const struct grub_variables *vars, const char *text,
		    const struct shell_statement *s, const char *before, struct buffer *ret,
		    size_t *ret_at)
{
	struct expansion e = {text, vars, ret, s->start};
	int r = s->depth != 0 || !is_lasting(text, s) ? -EINVAL : 0;

	if (r == 0 && s->append && before)
		r = append(ret, before, strlen(before));
	if (r == 0)
		r = expand(&e, s->value, s->value_end, 0);
	*ret_at = e.at;
	return r;
}

static int assign(struct grub_variables *vars, const char *text, const struct shell_statement *s,
		  char **variable)
{
	struct buffer value = {0};
	size_t at;
	int r = evaluate(vars, text, s, *variable, &value, &at);

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

static struct grub_variable *get_other(struct grub_variables *vars, const char *name, size_t n)
{
	struct grub_variable *known = find_other(vars, name, n), *one;
	char *copy;

	if (known)
		return known;
	copy = strndup(name, n);
	one = copy ? ARRAY_PLACE(vars->other, vars->n_other) : NULL;
	if (one)
		one->name = copy;
	else
		free(copy);
	return one;
}

/* A value that only a shell can tell is none of the file's faults: it may never be used. */
static int assign_other(struct grub_variables *vars, const char *text,
			const struct shell_statement *s)
{
	const char *name = text + s->name, *before = NULL;
	size_t n = s->name_end - s->name, at;
	struct grub_variable *other;
	struct buffer value = {0};
	int r = s->append ? look_up(vars, name, n, &before) : 0;

	if (r == 0)
		r = evaluate(vars, text, s, before, &value, &at);
	other = get_other(vars, name, n);
	if (r < 0 || !other) {
		free(value.text);
		value.text = NULL;
	}
	if (!other)
		return -ENOMEM;
	free(other->value);
	other->value = value.text;
	return r == -ENOMEM ? r : 0;
}

/* A command names variables: what it makes of them is not known. */
static int forget_named(struct grub_variables *vars, const char *text, size_t start, size_t end)
{
	for (size_t i = start, n; i < end; i += n ? n : 1) {
		struct grub_variable *other;

		n = strspn(text + i, NAME_CHARACTERS);
		if (n == 0 || isdigit((unsigned char)text[i]))
			continue;
		other = find_other(vars, text + i, n);
		if (!other && strncmp(text + i, "GRUB_", 5) == 0)
			other = get_other(vars, text + i, n);
		else if (!other)
			continue;
		if (!other)
			return -ENOMEM;
		free(other->value);
		other->value = NULL;
	}
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
	else if (s->assigns)
		r = assign_other(vars, text, s);
	else if (strncmp(text + s->start, "export ", 7) == 0)
		return 0;

	if (r == 0)
		r = forget_named(vars, text, from, s->end);
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

int grub_variables_join(const struct grub_variables *vars, char **ret)
{
	const char *first = vars->linux_ ? vars->linux_ : "";
	const char *then = vars->default_ ? vars->default_ : "";

	return text_format(ret, "%s%s%s", first, *first && *then ? " " : "", then);
}

void grub_variables_free(struct grub_variables *vars)
{
	free(vars->linux_);
	free(vars->default_);
	for (size_t i = 0; i < vars->n_other; i++) {
		free(vars->other[i].name);
		free(vars->other[i].value);
	}
	free(vars->other);
	*vars = (struct grub_variables){0};
}
