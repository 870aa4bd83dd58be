/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/python/boolean.h"

#include <string.h>

#define ACCEPTABLE "'0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'"

int boolean_word(const char *word)
{
	static const char *const words[] = {"0", "1", "f",  "t",   "false", "true",
					    "n", "y", "no", "yes", "off",   "on"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(word, words[i]) == 0)
			return (int)(i & 1);
	return -EINVAL;
}

int py_boolean(const struct py_value *value, char **ret_error)
{
	_cleanup_free_ char *text = py_str_alloc(value), *copy = NULL;
	int r;

	copy = text ? strdup(text) : NULL;
	if (!copy)
		return -ENOMEM;
	r = boolean_word(py_strip(copy));
	if (r == -EINVAL && ret_error &&
	    asprintf(ret_error, "Unrecognized value '%s', acceptable values are: " ACCEPTABLE,
		     text) < 0)
		return -ENOMEM;
	return r;
}
