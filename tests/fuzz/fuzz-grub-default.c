/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <string.h>

#include "grub/grub_default.h"
#include "grub/grub_evaluate.h"
#include "grub/kargs.h"
#include "tests/fuzz/fuzz.h"

static const char name[] = "GRUB_CMDLINE_LINUX";

/* What the one reader takes for certain the other one must not read otherwise. */
static void check_evaluated(const char *text, const char *value)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};

	FUZZ_ASSERT(grub_default_evaluate(text, &vars) == 0);
	FUZZ_ASSERT(!vars.unknown || (vars.error.line && vars.error.what));
	if (value && !vars.unknown)
		FUZZ_ASSERT(vars.linux_ && strcmp(vars.linux_, value) == 0);
}

/* Another value there, and not a byte elsewhere. */
static void check_replaced(const char *text, const struct grub_assignment *at, const char *value)
{
	_cleanup_free_ char *now = grub_default_replace(text, at, value), *back = NULL;
	struct grub_assignment found _cleanup_(grub_assignment_free) = {0};
	struct text_error error;

	if (!now) {
		FUZZ_ASSERT(errno == EINVAL);
		return;
	}
	FUZZ_ASSERT(strncmp(now, text, at->start) == 0);
	FUZZ_ASSERT(strcmp(now + strlen(now) - strlen(text + at->end), text + at->end) == 0);
	FUZZ_ASSERT(grub_default_find(now, name, &found, &error) == 0);
	FUZZ_ASSERT(strcmp(found.value, value) == 0 && found.line == at->line);
	FUZZ_ASSERT(found.quote == at->quote || (!at->quote && found.quote == '"'));
	if (found.quote != at->quote)
		return;
	back = grub_default_replace(now, &found, at->value);
	FUZZ_ASSERT(back && strcmp(back, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kargs_changes changes _cleanup_(kargs_changes_free) = {0};
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *text = strndup((const char *)data, size), *value = NULL;
	struct text_error error;
	int r;

	FUZZ_ASSERT(text);
	r = grub_default_find(text, name, &at, &error);
	check_evaluated(text, at.value);
	if (r < 0) {
		FUZZ_ASSERT(r == -ENOENT || (r == -EINVAL && error.line && error.what));
		return 0;
	}
	check_replaced(text, &at, at.value);
	if (kargs_apply(at.value, kargs_all, KARGS_ALL, &value, &changes) == 0)
		check_replaced(text, &at, value);
	return 0;
}
