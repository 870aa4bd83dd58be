/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An exception of Nova's, as it would be printed. */
#ifndef GPUCLAIM_NOVA_PYTHON_ERROR_H
#define GPUCLAIM_NOVA_PYTHON_ERROR_H

#include <stdbool.h>

#include "helper/base/util.h"

/* Not Nova's words: what it would do can't be told here, and the text says why. */
#define NOVA_ERROR_OURS "gpuclaim"

/**
 * struct nova_error - an exception that Nova raises
 * @type:	its class, "PciConfigInvalidSpec"; a string constant, NULL: none
 * @text:	its message; owned
 */
struct nova_error {
	const char *type;
	char *text;
};

/**
 * nova_error_set() - store an exception; the first that was stored stays
 *
 * Return: 1, so that a caller can end with it, or -ENOMEM.
 */
int nova_error_set(struct nova_error *error, const char *type, const char *format, ...) _must_check_
	_printf_(3, 4);

/** nova_error_is_ours() - gpuclaim can't read it; what Nova makes of it is not known */
bool nova_error_is_ours(const struct nova_error *error);
void nova_error_free(struct nova_error *error);

#endif
