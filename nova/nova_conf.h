/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One option of one of Nova's configuration files. Pure. */
#ifndef GPUCLAIM_NOVA_CONF_H
#define GPUCLAIM_NOVA_CONF_H

#include <stdbool.h>
#include <stddef.h>

/**
 * nova_conf_find() - the last value that a file gives to an option
 * @value:	it, without blanks around it; cut where it does not fit
 *
 * Source: oslo_config/iniparser.py: sections in brackets, "KEY = VALUE" or "KEY: VALUE",
 * comments with # or ; at the beginning of a line.
 */
bool nova_conf_find(const char *text, const char *section, const char *option, char *value,
		    size_t size);

/** nova_conf_is_true() - as oslo.config reads a boolean: true, 1, yes, on, in any case */
bool nova_conf_is_true(const char *value);

#endif
