/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to become of a GPU's reservation in Placement. Pure. */
#ifndef GPUCLAIM_CTL_SYNC_DECIDE_H
#define GPUCLAIM_CTL_SYNC_DECIDE_H

#include "ctl/sync/record.h"

/* What this node knows of a GPU. */
enum sync_local {
	SYNC_READY,
	SYNC_NOT_READY,
	SYNC_UNKNOWN, /* it can't be told: nothing is changed */
};

/**
 * enum sync_action - what to do with a provider
 * @SYNC_LEAVE:		nothing: it is as it should be
 * @SYNC_RESERVE:	reserved = total: the GPU is not ready
 * @SYNC_RESERVE_USED:	likewise: a one-time-use GPU was used, or may have been
 * @SYNC_LIFT:		give back what was reserved before
 * @SYNC_SPARE:		it is not ready, and in use: left alone as --spare-moves wants it
 * @SYNC_FOREIGN:	another reserved it: named only
 * @SYNC_AWAIT_RETURN:	a one-time-use GPU that was used: it waits for `nova return`
 * @SYNC_DOUBT:		the GPU can't be judged: named only
 * @SYNC_FORGET:	what we set is gone, and need not be there
 */
enum sync_action {
	SYNC_LEAVE,
	SYNC_RESERVE,
	SYNC_RESERVE_USED,
	SYNC_LIFT,
	SYNC_SPARE,
	SYNC_FOREIGN,
	SYNC_AWAIT_RETURN,
	SYNC_DOUBT,
	SYNC_FORGET,
	_SYNC_ACTION_COUNT,
};

/**
 * struct sync_facts - of one provider
 * @total, @reserved, @used: of its inventory
 * @one_time:	it has the trait HW_PCI_ONE_TIME_USE
 * @entry:	the record's, or all zero
 * @spare_moves: a GPU in use is not reserved
 *
 * Source: nova/compute/pci_placement_translator.py: Nova sends total and max_unit, and leaves
 * reserved alone but for a one-time-use device, whose reserved it sets to total once it is
 * allocated; a change of the inventory resets it.
 */
struct sync_facts {
	enum sync_local local;
	long generation, total, reserved, used;
	bool one_time, spare_moves;
	struct sync_entry entry;
};

/** sync_decide() - for one provider */
enum sync_action sync_decide(const struct sync_facts *facts);

/** sync_action_writes() - does it change Placement? */
bool sync_action_writes(enum sync_action action);

/** sync_action_word() - "reserve", as JSON has it */
const char *sync_action_word(enum sync_action action);

#endif
