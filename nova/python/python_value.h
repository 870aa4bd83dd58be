/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A value of Python's, as its json module makes them, and as it prints them. Pure. */
#ifndef GPUCLAIM_NOVA_PYTHON_PYTHON_VALUE_H
#define GPUCLAIM_NOVA_PYTHON_PYTHON_VALUE_H

#include "nova/python/python_text.h"

enum py_type {
	PY_NONE,
	PY_TRUE,
	PY_FALSE,
	PY_INT,
	PY_FLOAT,
	PY_STR,
	PY_LIST,
	PY_DICT,
};

/**
 * struct py_value - one value
 * @text:	of a string its characters, of a number what str() prints; owned
 * @key:	of a dict, beside @item, in the order of their first appearance; owned
 * @item:	of a list or dict; owned
 * @twice:	one of @key that was written more than once, and has its last value; or NULL
 */
struct py_value {
	enum py_type type;
	char *text;
	char **key;
	struct py_value **item;
	const char *twice;
	size_t n;
};

void py_value_free(struct py_value *value);

/** py_dict_get() - the value of a key, or NULL */
const struct py_value *py_dict_get(const struct py_value *dict, const char *key);

/** py_is_true() - bool(value) */
bool py_is_true(const struct py_value *value);

/** py_repr() - print as repr() does */
void py_repr(const struct py_value *value, struct text_buffer *to);

/** py_str() - print as str() does: a string without quotes, the others as py_repr() */
void py_str(const struct py_value *value, struct text_buffer *to);

/** py_str_alloc() - the same as a text, to be freed; or NULL */
char *py_str_alloc(const struct py_value *value);

/** py_type_name() - "str", "NoneType" and so on */
const char *py_type_name(const struct py_value *value);

static inline void py_value_drop(struct py_value **value)
{
	py_value_free(*value);
}

#endif
