/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as Python's json module reads it, with its error texts. JSON libraries are laxer or
 * stricter in places (NaN, control characters, trailing commas, lone surrogates, big numbers),
 * and Nova starts or not by exactly these. Pure.
 */
#ifndef GPUCLAIM_NOVA_PYTHON_PYTHON_JSON_H
#define GPUCLAIM_NOVA_PYTHON_PYTHON_JSON_H

#include "nova/python/python_value.h"

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

#endif
