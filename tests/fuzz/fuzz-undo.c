/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of changes: what was read is written in the same words, and cut off it is none. */
#include <string.h>

#include "ctl/change/undo.h"
#include "tests/fuzz/fuzz.h"

/* No part of a record is one: half of it would undo half. */
static void check_cut(const char *text, size_t size)
{
	size_t step = size / 64 + 1;

	for (size_t n = 0; n < size; n += step) {
		struct undo half _cleanup_(undo_free) = {0};

		FUZZ_ASSERT(undo_parse(text, n, &half) == -EBADMSG && !half.file);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct undo undo _cleanup_(undo_free) = {0}, again _cleanup_(undo_free) = {0};
	_cleanup_free_ char *text = NULL, *same = NULL;
	int r = undo_parse((const char *)data, size, &undo);

	FUZZ_ASSERT(r == 0 || (r == -EBADMSG && !undo.file));
	if (r < 0)
		return 0;
	FUZZ_ASSERT(undo_render(&undo, &text, &size) == 0);
	FUZZ_ASSERT(undo_parse(text, size, &again) == 0 && again.n == undo.n);
	FUZZ_ASSERT(undo_render(&again, &same, NULL) == 0 && strcmp(text, same) == 0);
	check_cut(text, size);
	return 0;
}
