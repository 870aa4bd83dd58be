/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/staged.h"

#include <stdbool.h>
#include <string.h>

#include "helper/base/text_buffer.h"

/* With its NUL and what aligns the value behind it. */
#define KEY	  "kargs\0\0"
#define MERGE	  "merge-deployment"
#define ALIGNMENT 8
#define TYPE	  "\0as"
#define TYPE_SIZE (sizeof(TYPE) - 1)

/* Does the table say where each of @n texts ends? */
static bool are_ends(const char *texts, size_t n, const char *table, size_t width)
{
	const char *text = texts;

	for (size_t i = 0; i < n; i++) {
		size_t end = 0;

		text += strlen(text) + 1;
		for (size_t byte = width; byte-- > 0;)
			end = end << 8 | (unsigned char)table[i * width + byte];
		if (end != (size_t)(text - texts))
			return false;
	}
	return true;
}

static int join(const char *text, size_t n, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_addf(&to, "%s", "");
	for (size_t i = 0; i < n; i++) {
		text_addf(&to, "%s%s", i ? " " : "", text);
		text += strlen(text) + 1;
	}
	return text_take(&to, ret, NULL);
}

/* How many texts there are, only the table behind them tells: its numbers must fit. */
static int read_list(const char *data, size_t size, char **ret)
{
	const char *nul;
	size_t at = 0;

	for (size_t n = 1; (nul = memchr(data + at, '\0', size - at)); n++) {
		at = (size_t)(nul - data) + 1;
		for (size_t width = 1; width <= 2; width++) {
			const char *table = data + at;

			if (n * width + TYPE_SIZE <= size - at &&
			    memcmp(table + n * width, TYPE, TYPE_SIZE) == 0 &&
			    are_ends(data, n, table, width))
				return join(data, n, ret);
		}
	}
	return -EINVAL;
}

int staged_kargs(const char *data, size_t size, char **ret)
{
	bool own = false, merged = false;

	for (size_t at = 0; at + sizeof(KEY) <= size; at += ALIGNMENT) {
		int r = -EINVAL;

		if (memcmp(data + at, KEY, sizeof(KEY)) == 0) {
			own = true;
			r = read_list(data + at + sizeof(KEY), size - at - sizeof(KEY), ret);
		}
		if (r != -EINVAL)
			return r;
		merged |=
			size - at >= sizeof(MERGE) && memcmp(data + at, MERGE, sizeof(MERGE)) == 0;
	}
	return merged && !own ? -ENOENT : -EINVAL;
}
