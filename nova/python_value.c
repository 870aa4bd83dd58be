// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "python_json.h"

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

void py_repr(const struct py_value *value, FILE *to)
{
	bool dict = value->type == PY_DICT;

	switch (value->type) {
	case PY_NONE:
		fputs("None", to);
		break;
	case PY_TRUE:
	case PY_FALSE:
		fputs(value->type == PY_TRUE ? "True" : "False", to);
		break;
	case PY_INT:
	case PY_FLOAT:
		fputs(value->text, to);
		break;
	case PY_STR:
		py_quote(value->text, to);
		break;
	case PY_LIST:
	case PY_DICT:
		fputc(dict ? '{' : '[', to);
		for (size_t i = 0; i < value->n; i++) {
			if (i)
				fputs(", ", to);
			if (dict) {
				py_quote(value->key[i], to);
				fputs(": ", to);
			}
			py_repr(value->item[i], to);
		}
		fputc(dict ? '}' : ']', to);
		break;
	}
}

void py_str(const struct py_value *value, FILE *to)
{
	if (value->type == PY_STR)
		fputs(value->text, to);
	else
		py_repr(value, to);
}

char *py_str_alloc(const struct py_value *value)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	py_str(value, to);
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}

const char *py_type_name(const struct py_value *value)
{
	static const char *const names[] = {
		[PY_NONE] = "NoneType", [PY_TRUE] = "bool", [PY_FALSE] = "bool", [PY_INT] = "int",
		[PY_FLOAT] = "float",	[PY_STR] = "str",   [PY_LIST] = "list",	 [PY_DICT] = "dict",
	};

	return names[value->type];
}
