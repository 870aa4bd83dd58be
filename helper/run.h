/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the helper: assess, plan, apply, record, tell. */
#ifndef GPUCLAIM_HELPER_RUN_H
#define GPUCLAIM_HELPER_RUN_H

#include "helper/claim/assess.h"

/**
 * struct run - what was asked for, and what came of it
 * @dry:	change nothing
 * @address:	CLAIM_UDEV: the device whose event it is
 * @result:	the verdicts as they are after the plan was carried out
 * @patience_ms, @has_waited, @waited_ms: how long USB controllers may still be waited
 *		for in this boot, and whether and how long they were in this run
 * @busy:	another run holds the lock and is about to claim @address, so that
 *		nothing was done here
 */
struct run {
	const struct root *root;
	enum claim_mode mode;
	bool dry;
	struct pci_address address;
	struct assessment result;
	unsigned patience_ms, waited_ms;
	bool has_waited, busy;
};

/**
 * run_claim() - decide, and unless @run->dry make it so, record it and log it
 *
 * CLAIM_BOOT waits for USB controllers, SETTLE_MS in a boot at most, all of its
 * runs together; a dry run waits what is left of that.
 *
 * A device's event whose decision leaves nothing to do or to tell takes no
 * lock, and one that waits for it leaves as soon as its device is claimed:
 * at coldplug there are as many events as functions, and one does the work.
 *
 * Return: 0 whatever the verdicts, -EBUSY if another run does not end, or
 * another negative errno. On success free run->result.
 */
int run_claim(struct run *run) _must_check_;

#endif
