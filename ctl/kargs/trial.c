/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/trial.h"

#include "ctl/change/undo.h"
#include "grub/grub_trial.h"

static const char *const names[] = {
	[TRIAL_NONE] = "none",	     [TRIAL_PENDING] = "pending", [TRIAL_RUNNING] = "running",
	[TRIAL_SETTLED] = "settled", [TRIAL_FAILED] = "failed",
};
_Static_assert(ARRAY_SIZE(names) == _TRIAL_COUNT, "a state has no name");

const char *trial_name(enum trial_state state)
{
	return names[state];
}

enum trial_state trial_read(const struct root *root, const struct loader *loader, bool running)
{
	const char *once = loader->once;
	bool left = undo_exists(root, TRIAL_RECORD);

	if (once && trial_is_id(once))
		return TRIAL_PENDING;
	if (running)
		return left ? TRIAL_RUNNING : TRIAL_SETTLED;
	return left ? TRIAL_FAILED : TRIAL_NONE;
}
