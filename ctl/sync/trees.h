/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Placement has of this node's GPUs, read no further than it has changed. */
#ifndef GPUCLAIM_CTL_SYNC_TREES_H
#define GPUCLAIM_CTL_SYNC_TREES_H

#include "ctl/placement/session.h"
#include "ctl/sync/due.h"
#include "ctl/sync/login.h"
#include "ctl/sync/record.h"
#include "ctl/sync/state.h"

/**
 * struct sync_trees - how to read them
 * @record:	providers that it knows count, too, whatever their GPUs are now
 * @last:	details of the same generation are taken from it
 * @clock:	what can wait is read in this node's own moment
 */
struct sync_trees {
	struct placement_session *session;
	const struct sync_login *login;
	const char *node;
	const struct sync_record *record;
	const struct sync_state *last;
	const struct sync_clock *clock;
};

/**
 * sync_trees_read() - one request for each compute node that runs here
 *
 * With one more it is asked which are one-time-use GPUs, where that is not known. Details are read
 * of those, of GPUs that are not ready, and of what the record knows; without @spread, of all.
 *
 * @state:	its GPUs are given; gets providers and the computes that were found by name
 * @notes:	what people are to know
 * @ret_whole:	all trees were found: who is in none of them is gone
 *
 * Return: 0, or as placement_get(); then what is known so far is in @state.
 */
int sync_trees_read(const struct sync_trees *trees, struct sync_state *state,
		    struct text_list *notes, bool *ret_whole) _must_check_;

/**
 * sync_trees_refresh() - read the details of one provider
 *
 * Return: 0, -ENOENT (it is gone), -ENOTUNIQ (which inventory is the GPU's can't be told), or as
 * placement_get().
 */
int sync_trees_refresh(struct placement_session *session,
		       struct sync_provider *provider) _must_check_;

#endif
