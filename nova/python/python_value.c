/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/python_value.h"

#include <string.h>

void py_value_free(struct py_value *value)
{
	if (!value)
		return;
	for (size_t i = 0; i < value->n; i++) {
		if (value->key)
			free(value->key[i]);
		py_value_free(value->item[i]);
	}
	free(value->key);
	free(value->item);
	free(value->text);
	free(value);
}

const struct py_value *py_dict_get(const struct py_value *dict, const char *key)
{
	for (size_t i = 0; i < dict->n; i++)
		if (strcmp(dict->key[i], key) == 0)
			return dict->item[i];
	return NULL;
}

bool py_is_true(const struct py_value *value)
{
	switch (value->type) {
	case PY_NONE:
	case PY_FALSE:
		return false;
	case PY_TRUE:
		return true;
	case PY_INT:
		return strcmp(value->text, "0") != 0;
	case PY_FLOAT:
		return strcmp(value->text, "0.0") != 0 && strcmp(value->text, "-0.0") != 0;
	case PY_STR:
		return value->text[0] != '\0';
	case PY_LIST:
	case PY_DICT:
		break;
	}
	return value->n > 0;
}

static void repr_items(const struct py_value *value, struct text_buffer *to)
{
	bool dict = value->type == PY_DICT;

	text_add_char(to, dict ? '{' : '[');
	for (size_t i = 0; i < value->n; i++) {
		if (i)
			text_add(to, ", ");
		if (dict) {
			py_quote(value->key[i], to);
			text_add(to, ": ");
		}
		py_repr(value->item[i], to);
	}
	text_add_char(to, dict ? '}' : ']');
}

void py_repr(const struct py_value *value, struct text_buffer *to)
{
	switch (value->type) {
	case PY_NONE:
		text_add(to, "None");
		break;
	case PY_TRUE:
	case PY_FALSE:
		text_add(to, value->type == PY_TRUE ? "True" : "False");
		break;
	case PY_INT:
	case PY_FLOAT:
		text_add(to, value->text);
		break;
	case PY_STR:
		py_quote(value->text, to);
		break;
	case PY_LIST:
	case PY_DICT:
		repr_items(value, to);
		break;
	}
}

void py_str(const struct py_value *value, struct text_buffer *to)
{
	if (value->type == PY_STR)
		text_add(to, value->text);
	else
		py_repr(value, to);
}

char *py_str_alloc(const struct py_value *value)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	py_str(value, &to);
	return text_take_or_null(&to);
}

const char *py_type_name(const struct py_value *value)
{
	static const char *const names[] = {
		[PY_NONE] = "NoneType", [PY_TRUE] = "bool", [PY_FALSE] = "bool", [PY_INT] = "int",
		[PY_FLOAT] = "float",	[PY_STR] = "str",   [PY_LIST] = "list",	 [PY_DICT] = "dict",
	};

	return names[value->type];
}
