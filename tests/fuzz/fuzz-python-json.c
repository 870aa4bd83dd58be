/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "nova/python/python_json.h"
#include "tests/fuzz/fuzz.h"

/* What repr() prints, to see whether two values are the same. */
static char *repr_of(const struct py_value *value)
{
	struct text_buffer to = {0};
	char *text = NULL;

	py_repr(value, &to);
	FUZZ_ASSERT(text_take(&to, &text, NULL) == 0);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 3), *list = NULL, *one = NULL, *error = NULL;
	struct py_value *value = NULL, *twin = NULL;
	size_t at;
	int r;

	FUZZ_ASSERT(text);
	text[0] = ' ';
	if (size)
		memcpy(text + 1, data, size);
	text[size + 1] = '\0';
	if (memchr(text, '\0', size + 1) || py_check_utf8(text, size + 1, &at) < 0)
		return 0;
	r = py_json_parse(text, &value, &error);
	FUZZ_ASSERT(r == 0 || r == -EINVAL || r == -ELOOP);
	FUZZ_ASSERT((r == -EINVAL) == (error != NULL));
	if (r < 0)
		return 0;

	/* In a list it is the same. */
	one = repr_of(value);
	py_value_free(value);
	text[0] = '[';
	text[size + 1] = ']';
	text[size + 2] = '\0';
	r = py_json_parse(text, &twin, &error);
	FUZZ_ASSERT(r == 0 || r == -ELOOP);
	if (r < 0)
		return 0;
	list = repr_of(twin);
	FUZZ_ASSERT(strlen(list) == strlen(one) + 2 && memcmp(list + 1, one, strlen(one)) == 0);
	py_value_free(twin);
	return 0;
}
