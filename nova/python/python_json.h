/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as Python's json module reads it, with its error texts. JSON libraries are laxer or
 * stricter in places (NaN, control characters, trailing commas, lone surrogates, big numbers),
 * and Nova starts or not by exactly these. Pure.
 */
#ifndef GPUCLAIM_NOVA_PYTHON_PYTHON_JSON_H
#define GPUCLAIM_NOVA_PYTHON_PYTHON_JSON_H

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
 */
struct py_value {
	enum py_type type;
	char *text;
	char **key;
	struct py_value **item;
	size_t n;
};

/* Deeper than anybody nests by hand; Python's own limit depends on its version. */
#define PY_JSON_DEPTH_MAX 100

/**
 * py_json_parse() - json.loads()
 * @text:	valid UTF-8 without NUL
 * @ret:	free with py_value_free(); untouched on failure
 * @ret_error:	with -EINVAL the text of Python's exception, to be freed
 *
 * The error texts are those of Python 3.13; before it "Illegal trailing comma" was told as
 * the value or name that is missing behind it.
 *
 * Return: 0, -EINVAL (Python raises ValueError), -ELOOP (nested too deep to be judged), or
 * -ENOMEM.
 */
int py_json_parse(const char *text, struct py_value **ret, char **ret_error) _must_check_;
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

static inline void cleanup_py_value(struct py_value **value)
{
	py_value_free(*value);
}

#define _cleanup_py_value_ __attribute__((cleanup(cleanup_py_value)))

#endif
