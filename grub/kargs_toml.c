/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/kargs_toml.h"

#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define BLANKS	  " \t\r\n"
#define KEY_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* Blanks, ends of lines, and comments. */
static const char *skip(const char *at)
{
	for (;;) {
		at += strspn(at, BLANKS);
		if (*at != '#')
			return at;
		at += strcspn(at, "\n");
	}
}

/* A text in single or double quotes, of one line. Of escapes only those that stand for one byte. */
static int read_text(const char **at, struct text_buffer *ret)
{
	char quote = **at;
	const char *p = *at + 1;

	if (quote != '"' && quote != '\'')
		return -EINVAL;
	for (; *p != quote; p++) {
		if (*p == '\\' && quote == '"' && *++p != '"' && *p != '\\')
			return -EINVAL;
		if (!*p || *p == '\n')
			return -EINVAL;
		text_add_char(ret, *p);
	}
	*at = p + 1;
	return 0;
}

static int read_list(const char **at, struct text_list *ret)
{
	if (**at != '[')
		return -EINVAL;
	*at = skip(*at + 1);
	while (**at != ']') {
		struct text_buffer one _cleanup_(text_buffer_free) = {0};
		_cleanup_free_ char *text = NULL;
		int r = read_text(at, &one);

		if (r == 0)
			r = text_take(&one, &text, NULL);
		if (r == 0)
			r = text_list_add(ret, "%s", text);
		if (r < 0)
			return r;
		*at = skip(*at);
		if (**at == ',')
			*at = skip(*at + 1);
		else if (**at != ']')
			return -EINVAL;
	}
	++*at;
	return 0;
}

/* What stands for a key; an empty list is not a missing one. */
struct value {
	bool given;
	struct text_list list;
};

struct file {
	struct value kargs, architectures;
};

static void file_free(struct file *file)
{
	text_list_free(&file->kargs.list);
	text_list_free(&file->architectures.list);
}

static bool is_key(const char *key, size_t n, const char *wanted)
{
	return n == strlen(wanted) && strncmp(key, wanted, n) == 0;
}

/* KEY = [...] up to the end of its line. */
static int read_key(const char **at, struct file *file)
{
	const char *key = *at;
	size_t n = strspn(key, KEY_CHARS);
	struct value *value = is_key(key, n, "kargs")		      ? &file->kargs
			      : is_key(key, n, "match-architectures") ? &file->architectures
								      : NULL;
	int r;

	*at += n + strspn(key + n, " \t");
	if (!value || value->given || **at != '=')
		return -EINVAL;
	value->given = true;
	*at += 1 + strspn(*at + 1, " \t");
	r = read_list(at, &value->list);
	if (r < 0)
		return r;
	*at += strspn(*at, " \t\r");
	return !**at || **at == '\n' || **at == '#' ? 0 : -EINVAL;
}

int kargs_toml_read(const char *text, const char *architecture, char **ret)
{
	struct file file _cleanup_(file_free) = {0};
	struct text_buffer line _cleanup_(text_buffer_free) = {0};
	bool ours;
	int r = 0;

	for (const char *at = skip(text); *at && r == 0; at = skip(at))
		r = read_key(&at, &file);
	if (r < 0 || !file.kargs.given)
		return r < 0 ? r : -EINVAL;
	ours = !file.architectures.given || text_list_has(&file.architectures.list, architecture);
	for (size_t i = 0; i < file.kargs.list.n && ours; i++)
		text_addf(&line, "%s%s", i ? " " : "", file.kargs.list.text[i]);
	return text_take(&line, ret, NULL);
}
