/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways to print what `gpuclaimctl status` found. */
#ifndef GPUCLAIM_CTL_STATUS_STATUS_H
#define GPUCLAIM_CTL_STATUS_STATUS_H

#include "ctl/guests/guests.h"
#include "ctl/hints/hints.h"
#include "ctl/node/node.h"
#include "ctl/sync/state.h"
#include "ctl/verify/node.h"

/*
 * @hinted:	@hints are wanted, too: set by the caller
 * @images:	@opened once: they are large, and change only when somebody makes new ones
 * @use:	of each device; owned
 * @reserved, @synced: what `nova sync` has set, and what it saw; nothing is known of either unless
 *		@reserved_known
 */
struct status {
	const struct root *root;
	bool hinted, opened;
	struct initramfs images;
	struct node node;
	struct nova_node nova;
	struct check whitelist;
	struct gpu_users users;
	struct readiness readiness;
	struct hints hints;
	struct gpu_use *use;
	bool reserved_known;
	struct sync_record reserved;
	struct sync_state synced;
};

/**
 * status_read() - look at the machine, with a wait until nothing more is to come
 * @status:	@status->root and @status->hinted set by the caller
 * @wait_s:	the longest wait; a tree that is not the machine's has no events to wait for
 *
 * Return: 0, or a negative errno. Free with status_free().
 */
int status_read(struct status *status, unsigned wait_s) _must_check_;
void status_free(struct status *status);

#endif
