/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/trial.h"

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

struct trial_marks trial_look(const struct root *root, const struct loader *loader)
{
	const char *once = loader->once;

	return (struct trial_marks){
		.chosen = once && trial_is_id(once),
		.recorded = undo_exists(root, TRIAL_RECORD),
	};
}

enum trial_state trial_state(const struct trial_marks *marks, bool running)
{
	if (marks->chosen)
		return TRIAL_PENDING;
	if (running)
		return marks->recorded ? TRIAL_RUNNING : TRIAL_SETTLED;
	return marks->recorded ? TRIAL_FAILED : TRIAL_NONE;
}
