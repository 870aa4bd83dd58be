/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/text_buffer.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SIZE_MIN 256

/* Room for @n more bytes and a NUL. */
static bool make_room(struct text_buffer *buffer, size_t n)
{
	size_t size = buffer->size ? buffer->size : SIZE_MIN;
	char *more;

	if (buffer->error)
		return false;
	if (buffer->max && (n > buffer->max || buffer->length > buffer->max - n)) {
		buffer->error = -E2BIG;
		return false;
	}
	while (size - buffer->length <= n && size <= SIZE_MAX / 2)
		size *= 2;
	if (size == buffer->size)
		return true;
	more = size - buffer->length > n ? realloc(buffer->text, size) : NULL;
	if (!more) {
		buffer->error = -ENOMEM;
		return false;
	}
	buffer->text = more;
	buffer->size = size;
	return true;
}

void text_add_bytes(struct text_buffer *buffer, const char *text, size_t n)
{
	if (!make_room(buffer, n))
		return;
	memcpy(buffer->text + buffer->length, text, n);
	buffer->length += n;
	buffer->text[buffer->length] = '\0';
}

void text_add(struct text_buffer *buffer, const char *text)
{
	text_add_bytes(buffer, text, strlen(text));
}

void text_add_char(struct text_buffer *buffer, char c)
{
	text_add_bytes(buffer, &c, 1);
}

void text_addf(struct text_buffer *buffer, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0 && !buffer->error)
		buffer->error = -ENOMEM;
	if (n < 0 || !make_room(buffer, (size_t)n))
		return;
	va_start(args, format);
	(void)vsnprintf(buffer->text + buffer->length, (size_t)n + 1, format, args);
	va_end(args);
	buffer->length += (size_t)n;
}

int text_take(struct text_buffer *buffer, char **ret, size_t *ret_size)
{
	int r;

	text_add_bytes(buffer, "", 0);
	r = buffer->error;
	if (r == 0) {
		*ret = TAKE_PTR(buffer->text);
		if (ret_size)
			*ret_size = buffer->length;
	}
	text_buffer_free(buffer);
	return r;
}

char *text_take_or_null(struct text_buffer *buffer)
{
	char *text = NULL;

	return text_take(buffer, &text, NULL) == 0 ? text : NULL;
}

/* 0 is how a stream learns that it failed. */
static ssize_t write_to(void *cookie, const char *text, size_t n)
{
	struct text_buffer *buffer = cookie;

	text_add_bytes(buffer, text, n);
	return buffer->error ? 0 : (ssize_t)n;
}

FILE *text_stream(struct text_buffer *buffer)
{
	return fopencookie(buffer, "w", (cookie_io_functions_t){.write = write_to});
}

void text_buffer_free(struct text_buffer *buffer)
{
	free(buffer->text);
	*buffer = (struct text_buffer){.max = buffer->max};
}
