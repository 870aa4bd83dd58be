/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "grub/bls.h"
#include "grub/grub_cfg.h"
#include "grub/grubenv.h"
#include "tests/fuzz/fuzz.h"

/* Lines that are no options are the same, in the same order. */
static void check_other_lines(const char *before, const char *now)
{
	while (*before || *now) {
		size_t n = strcspn(before, "\n"), m = strcspn(now, "\n");
		size_t blank = strspn(before, " \t");

		if (strncmp(before + blank, "options", 7) != 0)
			FUZZ_ASSERT(n == m && strncmp(before, now, n) == 0);
		FUZZ_ASSERT(before[n] == now[m]);
		before += n + (before[n] == '\n');
		now += m + (now[m] == '\n');
	}
}

static void check_apply(const char *text)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	struct kargs_changes none _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL, *again = NULL, *back = NULL;
	size_t gone;
	int r = bls_apply(text, kargs_all, KARGS_ALL, &now, &changes);

	if (r < 0) {
		FUZZ_ASSERT(!now && changes.n == 0);
		FUZZ_ASSERT(r == -EINVAL || r == -EEXIST || r == -ENOENT);
		return;
	}
	check_other_lines(text, now);
	if (!bls_grub_trouble(text))
		FUZZ_ASSERT(!bls_grub_trouble(now));
	FUZZ_ASSERT(bls_apply(now, kargs_all, KARGS_ALL, &again, &none) == 0);
	FUZZ_ASSERT(none.n == 0 && strcmp(again, now) == 0);
	FUZZ_ASSERT(bls_revert(now, &changes, &back, &gone) == 0);
	FUZZ_ASSERT(gone == 0 && strcmp(back, text) == 0);
}

static void check_readers(const char *text)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *value = NULL, *title = NULL;
	int r = grubenv_get(text, "kernelopts", &value);

	FUZZ_ASSERT(r == 0 || r == -ENOENT || r == -EINVAL);
	r = bls_field(text, "title", &title);
	FUZZ_ASSERT(r == 0 || r == -ENOENT);
	FUZZ_ASSERT(grub_cfg_parse(text, &menu) == 0);
	for (size_t i = 0; i < menu.n; i++)
		FUZZ_ASSERT(menu.entry[i].line && grub_menu_find(&menu, menu.entry[i].place));
}

/* The block keeps its size, and every other variable; undone it is what it was. */
static void check_block(const char *text)
{
	_cleanup_free_ char *was = NULL, *set = NULL, *back = NULL, *value = NULL;
	_cleanup_free_ char *saved = NULL, *kept = NULL;

	if (grubenv_get(text, "kernelopts", &was) < 0 ||
	    grubenv_set(text, "kernelopts", "a\\\n$b", &set) < 0)
		return;
	FUZZ_ASSERT(strlen(set) == strlen(text));
	FUZZ_ASSERT(grubenv_get(set, "kernelopts", &value) == 0 && strcmp(value, "a\\\n$b") == 0);
	FUZZ_ASSERT(grubenv_get(text, "saved_entry", &saved) ==
		    grubenv_get(set, "saved_entry", &kept));
	FUZZ_ASSERT(!saved || strcmp(saved, kept) == 0);
	FUZZ_ASSERT(grubenv_set(set, "kernelopts", was, &back) == 0);
	FUZZ_ASSERT(strlen(back) == strlen(text));
}

static void check_disarm(const char *text)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	_cleanup_free_ char *now = NULL, *again = NULL;

	if (bls_disarm(text, NULL, &now, &changes) < 0)
		return;
	check_other_lines(text, now);
	FUZZ_ASSERT(bls_disarm(now, NULL, &again, &changes) == 0 && strcmp(now, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);

	FUZZ_ASSERT(text);
	check_readers(text);
	check_apply(text);
	check_disarm(text);
	check_block(text);
	return 0;
}
