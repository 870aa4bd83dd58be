/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May a GPU that nobody uses be given back to Placement? Pure. */
#ifndef GPUCLAIM_CTL_GIVEBACK_DECIDE_H
#define GPUCLAIM_CTL_GIVEBACK_DECIDE_H

#include <stdbool.h>

#include "ctl/giveback/way.h"
#include "helper/record/vitals.h"

/* Why not; the first that holds. */
enum giveback_doubt {
	GIVEBACK_SURE,
	GIVEBACK_NOTHING, /* nothing of it is reserved */
	GIVEBACK_NO_PROVIDER,
	GIVEBACK_USED,
	GIVEBACK_PARTLY,
	GIVEBACK_NOT_READY,
	GIVEBACK_HELD,
	GIVEBACK_UNSEEN,
	GIVEBACK_NO_RECORD,
	GIVEBACK_NO_RESET,
	GIVEBACK_BAD_RESET,
	GIVEBACK_READ_ONLY,
	GIVEBACK_OTHER_IDS,
	GIVEBACK_WORSE,
	GIVEBACK_UNTOLD,
	GIVEBACK_UNKNOWN,
	GIVEBACK_FAILED, /* what failed has a sentence of its own */
	GIVEBACK_UNFINISHED,
	_GIVEBACK_DOUBT_COUNT,
};

/**
 * struct giveback_facts - all that is looked at
 * @provider:	Placement has one of it; else the four below say nothing
 * @one_time:	it has the trait HW_PCI_ONE_TIME_USE
 * @ready:	as `gpuclaimctl status` has it
 * @held:	somebody has a function of its IOMMU group
 * @unseen:	whether somebody has can't be told
 * @way:	how the kernel can reset it, and nothing else
 * @writable:	we may ask the kernel to: /sys is not read-only here
 * @bad_reset:	that way is known to hang it, or not to do
 * @then:	what it was at its claim, by the record
 * @before:	what it was before it was reset
 * @was_reset:	now is after it: the two below are looked at
 * @same_ids:	its configuration space has the IDs that it had
 * @now:	what it is
 */
struct giveback_facts {
	bool provider, one_time;
	long total, reserved, used;
	bool ready, held, unseen, writable, bad_reset;
	enum giveback_way way;
	struct vitals then, before;
	bool was_reset, same_ids;
	struct vitals now;
};

/**
 * giveback_decide() - what speaks against it
 *
 * Errors that were corrected count from before the reset, all else from the claim.
 *
 * Source: nova/compute/pci_placement_translator.py: Nova reserves all of a one-time-use device when
 * it is allocated, and leaves it so.
 */
enum giveback_doubt giveback_decide(const struct giveback_facts *facts);

/** giveback_reference() - what it must be no worse than */
struct vitals giveback_reference(const struct giveback_facts *facts);

/** giveback_word() - "used", as JSON has it; giveback_sentence() - as people are told */
const char *giveback_word(enum giveback_doubt doubt);
const char *giveback_sentence(enum giveback_doubt doubt);

#endif
