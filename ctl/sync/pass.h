/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pass of `nova sync`: a look at the machine, and what is written to Placement. */
#ifndef GPUCLAIM_CTL_SYNC_PASS_H
#define GPUCLAIM_CTL_SYNC_PASS_H

#include "ctl/sync/state.h"

/**
 * struct sync_deed - what was done to a provider, or would be
 * @reserved:	what of its inventory is reserved then
 */
struct sync_deed {
	char uuid[SYNC_UUID_MAX];
	struct pci_address address;
	enum sync_action action;
	long reserved;
	char reason[SYNC_REASON_MAX];
};

/**
 * struct sync_pass - one run
 * @url:	Placement's address instead of the catalog's, or ""
 * @spread:	what can wait is asked at this node's own time
 * @state:	what is known at its end; what was known before, where Placement can't be asked
 * @asked:	Placement was
 * @broken:	the configuration is: nothing is changed
 * @refused:	what is there is no record of ours: likewise
 * @deed:	owned
 * @notes:	sentences for people
 * @error:	why it ended, one sentence; owned
 */
struct sync_pass {
	const struct root *root;
	const char *url;
	bool spare_moves, dry_run, spread;
	struct sync_state state;
	bool asked, broken, refused;
	struct sync_deed *deed;
	size_t n_deeds;
	struct text_list notes;
	char *error;
};

/**
 * sync_pass_run() - do it; free with sync_pass_free()
 *
 * Return: 0, or a negative errno, as a rule with @error.
 */
int sync_pass_run(struct sync_pass *pass) _must_check_;
void sync_pass_free(struct sync_pass *pass);

#endif
