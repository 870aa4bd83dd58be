/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that grows: whole at its end, or an error, never less than was added. */
#ifndef GPUCLAIM_HELPER_BASE_TEXT_BUFFER_H
#define GPUCLAIM_HELPER_BASE_TEXT_BUFFER_H

#include <stddef.h>
#include <stdio.h>

#include "helper/base/util.h"

/**
 * struct text_buffer - begins as {0}
 * @text:	owned; ends with NUL once anything was added
 * @max:	a text that grows beyond so many bytes is an error; 0: none is
 * @error:	the first one; nothing is added after it
 *
 * What adds to it returns nothing: text_take() tells all that went wrong.
 */
struct text_buffer {
	char *text;
	size_t length, size, max;
	int error;
};

/** text_add() - append a text, text_add_bytes() the first @n bytes of one, text_add_char() one */
void text_add(struct text_buffer *buffer, const char *text);
void text_add_bytes(struct text_buffer *buffer, const char *text, size_t n);
void text_add_char(struct text_buffer *buffer, char c);

/** text_addf() - append what printf() would print */
void text_addf(struct text_buffer *buffer, const char *format, ...) _printf_(2, 3);

/**
 * text_take() - end it, and hand its text over
 * @ret:	the text, "" if nothing was added; to be freed; untouched on failure
 * @ret_size:	its length; may be NULL
 *
 * Return: 0; -ENOMEM or -E2BIG if not all is there that was added. @buffer is empty after it.
 */
int text_take(struct text_buffer *buffer, char **ret, size_t *ret_size) _must_check_;

/** text_take_or_null() - the same, NULL on failure */
char *text_take_or_null(struct text_buffer *buffer) _must_check_;

/**
 * text_stream() - a stream that adds to it, for what prints to standard output otherwise
 *
 * Whatever is lost on the way is an error of fclose() or of text_take(): look at both.
 * Return: NULL without memory.
 */
FILE *text_stream(struct text_buffer *buffer) _must_check_;

void text_buffer_free(struct text_buffer *buffer);

#endif
