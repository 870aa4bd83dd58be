/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts: positions in one, one with a hole, lists of them. Pure. */
#ifndef GPUCLAIM_HELPER_BASE_TEXT_H
#define GPUCLAIM_HELPER_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

/**
 * struct text_error - why a text is not edited
 * @line, @column:	counted from 1; 0 if it is about the whole text
 * @what:		a string constant
 */
struct text_error {
	unsigned line, column;
	const char *what;
};

/** text_position() - the line and column of an offset */
void text_position(const char *text, size_t offset, struct text_error *ret);

/** text_line() - the line of an offset */
unsigned text_line(const char *text, size_t offset);

/** text_copy() - @ret is to be freed; NULL for no text. Return: 0 or -ENOMEM */
int text_copy(const char *text, char **ret) _must_check_;

/** text_format() - as asprintf(), but @ret is NULL where it failed. Return: 0 or -ENOMEM */
int text_format(char **ret, const char *format, ...) _printf_(2, 3);

/** text_replace() - free @text, which may be NULL, and set it anew. Return: 0, or -ENOMEM:
 * unchanged */
int text_replace(char **text, const char *format, va_list args) _must_check_
	__attribute__((format(printf, 2, 0)));

/** text_set() - the same, with the arguments themselves */
int text_set(char **text, const char *format, ...) _must_check_ _printf_(2, 3);

/** text_absolute() - a path below a root as programs of that root name it, to be freed; or NULL */
char *text_absolute(const char *path);

/** text_splice() - @text with the bytes from @start to @end replaced, to be freed; or NULL */
char *text_splice(const char *text, size_t start, size_t end, const char *by);

/** text_make_printable() - each byte of a control character becomes a "?": one line, no escapes */
void text_make_printable(char *text);

/** text_join() - append one of a list to @buf, after a separator; what does not fit is left out */
void text_join(char *buf, size_t size, const char *separator, const char *text);

/** text_has_part() - is @part a part of a path or name: between ends, '-' and '/', '.' or '+' last?
 */
bool text_has_part(const char *text, const char *part);

bool text_starts_with(const char *text, const char *start);
bool text_ends_with(const char *text, const char *end);

/** TEXT_IS_ANY() - is @text one of these texts? */
#define TEXT_IS_ANY(text, ...) text_is_any(text, (const char *const[]){__VA_ARGS__, NULL})

/** text_is_any() - is it one of @texts, which NULL ends? */
bool text_is_any(const char *text, const char *const *texts);

/** text_base_name() - what is behind the last '/' of a path, or all of it */
const char *text_base_name(const char *path);

/** text_is_uuid() - 36 characters: hexadecimal digits and four dashes */
bool text_is_uuid(const char *text);

/** parameter_name_equal() - compare kernel parameters' names, '-' being '_' (lib/cmdline.c,
 * parameq) */
bool parameter_name_equal(const char *a, const char *b);

/** struct text_list - texts, owned, in the order they were added */
struct text_list {
	char **text;
	size_t n;
};

/** text_list_add() - append. Return: 0 or -ENOMEM */
int text_list_add(struct text_list *list, const char *format, ...) _must_check_ _printf_(2, 3);
void text_list_free(struct text_list *list);

/** text_list_has() - is that very text in it? */
bool text_list_has(const struct text_list *list, const char *text);

/** text_compare() - the order of bytes, for qsort() of pointers to texts */
int text_compare(const void *a, const void *b);

/** text_list_sort() - in the order of bytes */
void text_list_sort(struct text_list *list);

#endif
