/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "grub/staged.h"
#include "tests/fuzz/fuzz.h"

/* What is read stands in the data, and more behind it changes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *line = NULL, *again = NULL, *more = calloc(1, size + 1);
	int r = staged_kargs((const char *)data, size, &line);

	FUZZ_ASSERT(more);
	FUZZ_ASSERT(r == 0 || ((r == -EINVAL || r == -ENOENT) && !line));
	if (r < 0)
		return 0;
	FUZZ_ASSERT(strlen(line) < size);
	memcpy(more, data, size);
	FUZZ_ASSERT(staged_kargs(more, size + 1, &again) == 0 && strcmp(line, again) == 0);
	return 0;
}
