/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void text_position(const char *text, size_t offset, struct text_error *ret)
{
	ret->line = 1;
	ret->column = 1;
	for (size_t i = 0; i < offset; i++) {
		ret->column++;
		if (text[i] == '\n') {
			ret->line++;
			ret->column = 1;
		}
	}
}

unsigned text_line(const char *text, size_t offset)
{
	struct text_error at;

	text_position(text, offset, &at);
	return at.line;
}

int text_copy(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return *ret || !text ? 0 : -ENOMEM;
}

int text_format(char **ret, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(ret, format, args);
	va_end(args);
	if (n >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

int text_replace(char **text, const char *format, va_list args)
{
	char *now;

	if (vasprintf(&now, format, args) < 0)
		return -ENOMEM;
	free(*text);
	*text = now;
	return 0;
}

int text_set(char **text, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = text_replace(text, format, args);
	va_end(args);
	return r;
}

char *text_absolute(const char *path)
{
	char *text;

	return text_format(&text, "/%s", path) < 0 ? NULL : text;
}

char *text_splice(const char *text, size_t start, size_t end, const char *by)
{
	char *result = malloc(start + strlen(by) + strlen(text + end) + 1);

	if (!result)
		return NULL;
	memcpy(result, text, start);
	memcpy(result + start, by, strlen(by));
	memcpy(result + start + strlen(by), text + end, strlen(text + end) + 1);
	return result;
}

void text_join(char *buf, size_t size, const char *separator, const char *text)
{
	size_t n = strlen(buf);

	if (n + strlen(separator) + strlen(text) < size)
		(void)snprintf(buf + n, size - n, "%s%s", n ? separator : "", text);
}

bool text_has_part(const char *text, const char *part)
{
	size_t n = strlen(part);

	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		if ((at == text || strchr("-/", at[-1])) && strchr("-/.+", at[n]))
			return true;
	return false;
}

bool text_starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool text_is_any(const char *text, const char *const *texts)
{
	while (*texts && strcmp(text, *texts) != 0)
		texts++;
	return *texts;
}

const char *text_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool text_ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

bool text_is_uuid(const char *text)
{
	size_t i;

	for (i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return text[i] == '\0';
}

bool parameter_name_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
			return false;
	return *a == *b;
}

int text_list_add(struct text_list *list, const char *format, ...)
{
	char *text;
	va_list args;
	int n, r;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	r = ARRAY_ADD(list->text, list->n, text);
	if (r < 0)
		free(text);
	return r;
}

void text_list_free(struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->text[i]);
	free(list->text);
	*list = (struct text_list){0};
}

int text_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->text[i], text) == 0)
			return true;
	return false;
}

void text_list_sort(struct text_list *list)
{
	if (list->n)
		qsort(list->text, list->n, sizeof(*list->text), text_compare);
}

/* U+202A to U+202E, U+2066 to U+2069: they turn around what stands beside them. */
static bool is_bidi_control(const unsigned char *p)
{
	return p[0] == 0xe2 && ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
				(p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void text_make_printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++) {
		if (*p < ' ' || *p == 0x7f) {
			*p = '?';
		} else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) { /* U+0080 to U+009F */
			p[0] = '?';
			p[1] = '?';
		} else if (is_bidi_control(p)) {
			memset(p, '?', 3);
		}
	}
}
