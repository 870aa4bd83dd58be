/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON schema that Nova holds each alias against. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_SCHEMA_H
#define GPUCLAIM_NOVA_RULES_SCHEMA_H

#include "nova/python/python_value.h"

/**
 * alias_schema_check() - is a value what a release takes for an alias?
 * @ret_error:	with -EINVAL jsonschema's message, to be freed
 *
 * Of several errors the one is told that jsonschema 4.10 to 4.19 tells.
 *
 * Source: _ALIAS_SCHEMA in nova/pci/request.py; best_match() of jsonschema.
 *
 * Return: 0, -EINVAL, -EDOM (digits outside ASCII: it can't be told), or -ENOMEM.
 */
int alias_schema_check(unsigned release, const struct py_value *value,
		       char **ret_error) _must_check_;

#endif
