/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "grub/kargs_toml.h"
#include "tests/fuzz/fuzz.h"

/* What is read is no longer than the file: the same for two architectures, or nothing for one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size), *line = NULL, *other = NULL;
	int r;

	FUZZ_ASSERT(text);
	r = kargs_toml_read(text, "x86_64", &line);
	FUZZ_ASSERT(r == 0 || (r == -EINVAL && !line));
	FUZZ_ASSERT(kargs_toml_read(text, "none", &other) == r);
	if (r < 0)
		return 0;
	FUZZ_ASSERT(strlen(line) <= size);
	FUZZ_ASSERT(!*line || !*other || strcmp(line, other) == 0);
	return 0;
}
