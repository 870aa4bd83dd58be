/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void nova_error_free(struct nova_error *error)
{
	free(error->text);
	*error = (struct nova_error){0};
}

bool nova_error_is_ours(const struct nova_error *error)
{
	return error->type && strcmp(error->type, NOVA_ERROR_OURS) == 0;
}

int nova_error_set(struct nova_error *error, const char *type, const char *format, ...)
{
	va_list args;
	int r;

	if (error->type)
		return 1;
	va_start(args, format);
	r = vasprintf(&error->text, format, args);
	va_end(args);
	if (r < 0) {
		error->text = NULL;
		return -ENOMEM;
	}
	error->type = type;
	return 1;
}
