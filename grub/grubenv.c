/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/grubenv.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "helper/base/text.h"

#define SIGNATURE "# GRUB Environment Block\n"

/* One "name=value": where the name begins, where the value does, and its newline. */
struct pair {
	size_t start, value, end;
};

/* Behind the value at @at, which ends at a newline that no backslash stands before. */
static size_t value_end(const char *text, size_t at)
{
	while (text[at] && text[at] != '\n')
		at += text[at] == '\\' && text[at + 1] ? 2 : 1;
	return at;
}

/*
 * Of several GRUB sets one after the other: the last one is left. A name goes on to the next '=',
 * over newlines, too. What has no '=', or no newline behind it, is broken, and GRUB reads no
 * further. Return: 0, -ENOENT or -EINVAL.
 */
static int find(const char *text, const char *name, struct pair *ret, bool *ret_whole)
{
	size_t n = strlen(name), at = strlen(SIGNATURE);
	int r = -ENOENT;

	*ret_whole = true;
	if (strncmp(text, SIGNATURE, at) != 0)
		return -EINVAL;
	while (text[at] && *ret_whole) {
		/* A comment; at the end, without a newline, what fills the block. */
		bool comment = text[at] == '#';
		size_t equal = at + strcspn(text + at, "=");
		size_t end = comment ? at + strcspn(text + at, "\n") : value_end(text, equal);

		*ret_whole = comment || text[end] == '\n';
		if (!comment && *ret_whole && equal - at == n && strncmp(text + at, name, n) == 0) {
			*ret = (struct pair){at, equal + 1, end};
			r = 0;
		}
		at = end + (text[end] == '\n');
	}
	return r;
}

int grubenv_get(const char *text, const char *name, char **ret)
{
	struct pair pair;
	size_t n = 0;
	char *value;
	bool whole;
	int r = find(text, name, &pair, &whole);

	if (r < 0)
		return r;
	value = malloc(pair.end - pair.value + 1);
	if (!value)
		return -ENOMEM;
	for (size_t i = pair.value; i < pair.end; i++) {
		if (text[i] == '\\' && i + 1 < pair.end)
			i++;
		value[n++] = text[i];
	}
	value[n] = '\0';
	*ret = value;
	return 0;
}

/* "NAME=VALUE" with its newline, as it stands in the block; to be freed, or NULL. */
static char *print_pair(const char *name, const char *value)
{
	char *line = malloc(strlen(name) + 2 * strlen(value) + sizeof("=\n"));
	char *to = line;

	if (!line)
		return NULL;
	to = stpcpy(stpcpy(to, name), "=");
	for (; *value; value++) {
		if (*value == '\\' || *value == '\n')
			*to++ = '\\';
		*to++ = *value;
	}
	(void)stpcpy(to, "\n");
	return line;
}

/* How much of the block is in use: all but the '#' at its end. */
static size_t used(const char *text)
{
	size_t n = strlen(text);

	while (n > 0 && text[n - 1] == '#')
		n--;
	return n;
}

/* Shorter or longer than it was, it is to have @size bytes again. */
static int refill(const char *text, size_t size, char **ret)
{
	size_t n = used(text);
	char *block;

	if (n > size)
		return -ENOSPC;
	block = malloc(size + 1);
	if (!block)
		return -ENOMEM;
	memcpy(block, text, n);
	memset(block + n, '#', size - n);
	block[size] = '\0';
	*ret = block;
	return 0;
}

int grubenv_set(const char *text, const char *name, const char *value, char **ret)
{
	_cleanup_free_ char *line = value ? print_pair(name, value) : strdup("");
	_cleanup_free_ char *changed = NULL;
	size_t end = used(text);
	struct pair pair = {end, end, end};
	bool whole;
	int r = find(text, name, &pair, &whole);

	if (!line)
		return -ENOMEM;
	if (r == -EINVAL || !whole || text[end - 1] != '\n')
		return -EINVAL;
	changed = text_splice(text, pair.start, r == 0 ? pair.end + 1 : pair.end, line);
	return changed ? refill(changed, strlen(text), ret) : -ENOMEM;
}

/* The value of the variable whose name has @n bytes; untouched where there is none. 0 or -ENOMEM */
static int look_up(const char *block, const char *name, size_t n, char **ret)
{
	_cleanup_free_ char *key = NULL;

	if (!block || n == 0)
		return 0;
	key = strndup(name, n);
	return !key || grubenv_get(block, key, ret) == -ENOMEM ? -ENOMEM : 0;
}

char *grubenv_expand(const char *block, const char *options)
{
	char *text = strdup(options);

	for (size_t i = 0; text && text[i]; i++) {
		_cleanup_free_ char *value = NULL;
		size_t n = 0;
		char *more;

		if (text[i] != '$')
			continue;
		while (isalnum((unsigned char)text[i + 1 + n]) || text[i + 1 + n] == '_')
			n++;
		if (look_up(block, text + i + 1, n, &value) < 0) {
			free(text);
			return NULL;
		}
		if (!value)
			continue;
		more = text_splice(text, i, i + 1 + n, value);
		free(text);
		text = more;
		i += strlen(value) - 1; /* unsigned, it may pass through -1 */
	}
	return text;
}
