/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "grub/kargs.h"
#include "tests/fuzz/fuzz.h"

/* What @now has that @before has not, in place: the bytes of @before are all there, in order. */
static void check_kept(const char *before, const char *now)
{
	for (; *now && *before; now++)
		before += *now == *before;
	FUZZ_ASSERT(!*before);
}

static void check_twice(const char *now)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *again = NULL;

	FUZZ_ASSERT(kargs_apply(now, kargs_all, KARGS_ALL, &again, &changes) == 0);
	FUZZ_ASSERT(strcmp(again, now) == 0 && changes.n == 0);
}

static void check_states(const char *line, enum kargs_state state)
{
	for (size_t i = 0; i < KARGS_ALL; i++)
		FUZZ_ASSERT(kargs_state(line, &kargs_all[i], NULL) == (int)state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *line = strndup((const char *)data, size), *now = NULL, *back = NULL;
	size_t gone;
	int r;

	FUZZ_ASSERT(line);
	r = kargs_apply(line, kargs_all, KARGS_ALL, &now, &changes);
	if (r < 0) {
		FUZZ_ASSERT(!now && changes.n == 0);
		FUZZ_ASSERT(r == -EEXIST || (r == -EINVAL && kargs_check(line) == -EINVAL));
		return 0;
	}
	check_kept(line, now);
	check_states(now, KARGS_PRESENT);
	check_twice(now);
	FUZZ_ASSERT(kargs_revert(now, &changes, &back, &gone) == 0);
	FUZZ_ASSERT(gone == 0 && strcmp(back, line) == 0);
	return 0;
}
