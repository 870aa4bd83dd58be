/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May a GPU that nobody uses be given back to Placement? Pure. */
#ifndef GPUCLAIM_CTL_GIVEBACK_DECIDE_H
#define GPUCLAIM_CTL_GIVEBACK_DECIDE_H

#include <stdbool.h>

#include "helper/record/vitals.h"

enum giveback_way {
	GIVEBACK_NO_WAY,
	GIVEBACK_BY_FUNCTION, /* each of its functions by the kernel's own "reset" */
	GIVEBACK_BY_SLOT,     /* all of them together, by VFIO's hot reset */
};

/**
 * struct way_facts - of all its functions
 * @alone:	each can be reset alone, see way_resets_alone()
 * @whole:	they are all that there is on its bus
 * @grouped:	the node of each one's IOMMU group is there
 */
struct way_facts {
	bool alone, whole, grouped;
};

enum giveback_way way_of(const struct way_facts *facts);

/**
 * way_resets_alone() - can the kernel reset this function, and no other?
 * @methods:	as in its attribute reset_method; NULL: it has "reset", and no list, as before
 *		Linux 5.15
 * @only:	it is the only function on its bus
 *
 * A reset of the bus is refused (-ENOTTY) where there are others; the list has it all the same of
 * the function that was found first.
 *
 * Source: pci_parent_bus_reset(), cxl_reset_bus_function() in drivers/pci/pci.c;
 * pci_init_capabilities(), which asks what is possible before pci_device_add() puts the function on
 * its bus.
 */
bool way_resets_alone(const char *methods, bool only);

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
