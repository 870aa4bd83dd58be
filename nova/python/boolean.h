/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for yes and no as oslo.utils' strict bool_from_string() takes them. Pure. */
#ifndef GPUCLAIM_NOVA_PYTHON_BOOLEAN_H
#define GPUCLAIM_NOVA_PYTHON_BOOLEAN_H

#include "nova/python/python_value.h"

/**
 * py_boolean() - read a value, of any type
 * @ret_error:	with -EINVAL the text of Python's ValueError, to be freed; may be NULL
 *
 * Return: 1, 0, -EINVAL, or -ENOMEM.
 */
int py_boolean(const struct py_value *value, char **ret_error) _must_check_;

/** boolean_word() - one word. Return: 1, 0, or -EINVAL */
int boolean_word(const char *word);

#endif
