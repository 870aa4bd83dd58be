/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "nova/python/python_regex.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *pattern = strndup((const char *)data, size), *group = NULL;
	static const char *const texts[] = {"", "0000", "8a", "7"};

	FUZZ_ASSERT(pattern && asprintf(&group, "(?:%s)", pattern) >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		enum py_regex alone = py_regex_match(pattern, texts[i]);
		enum py_regex grouped = py_regex_match(group, texts[i]);

		/* Whether it is one doesn't depend on the text. */
		FUZZ_ASSERT((alone >= PY_REGEX_WRONG) ==
			    (py_regex_match(pattern, "ff") >= PY_REGEX_WRONG));
		if (alone <= PY_REGEX_YES && grouped != PY_REGEX_UNKNOWN)
			FUZZ_ASSERT(grouped == alone);
	}
	return 0;
}
