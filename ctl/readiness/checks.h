/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The catalogue of checks, of status and of setup: a row each, beside its function, in the file of
 * its group. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_CHECKS_H
#define GPUCLAIM_CTL_READINESS_CHECKS_H

#include "ctl/print/finding.h"
#include "ctl/readiness/devices.h"

/**
 * struct check_input - what the checks share
 * @claims:	how many claim lines count
 * @needed:	a GPU is selected or expected: what it needs must be there
 * @waits:	none is selected, which is not right, and one would be with gpuclaim=1
 * @set_up:	likewise, and the next boot has that
 * @foreseen:	setup asks, of what the next boot will find
 */
struct check_input {
	const struct facts *facts;
	const struct device_result *result;
	unsigned selected;
	size_t claims;
	bool needed, waits, set_up, foreseen;
};

typedef void check_function(const struct check_input *in, struct check *check);

#define CHECK_OF_TREE	1u /* it makes sense for a tree without a machine, too */
#define CHECK_OF_BOOT	2u /* between setup and the reboot it is skipped */
#define CHECK_OF_CHOICE 4u /* where nothing else fails, the node is merely without a GPU */

/**
 * struct check_row - one check
 * @id:		"iommu-active" and so on: stable, other programs look for them
 * @setup_id:	what setup calls it, which asks it of the next boot; NULL: it does not ask it
 * @flags:	CHECK_OF_*
 */
struct check_row {
	const char *id, *setup_id;
	check_function *function;
	unsigned flags;
};

/** struct check_group - the rows of a file, in the order they are told */
struct check_group {
	const struct check_row *row;
	size_t n;
};

#define CHECK_GROUP(rows)              \
	{                              \
		rows, ARRAY_SIZE(rows) \
	}

extern const struct check_group checks_of_configuration, checks_of_iommu, checks_of_boot,
	checks_of_devices, checks_of_health, checks_of_what_is_expected, checks_of_host;

#define NOTHING_SELECTED "nothing is selected"
#define IOMMU_NOT_ACTIVE "the IOMMU is not active"

/* Setup speaks of the GPUs that were chosen, status of those that are selected. */
static inline const char *selected_word(const struct check_input *in)
{
	return in->foreseen ? "chosen" : "selected";
}

/* What is needed must be there; else it is as well to know. */
static inline enum check_state fail_if(bool needed)
{
	return needed ? STATE_FAIL : STATE_WARN;
}

/* Of what can't be read. */
static inline const char *unread_remedy(int error)
{
	return error == -EACCES || error == -EPERM
		       ? "run this as root"
		       : "look for the cause in the kernel's log (journalctl -k)";
}

#endif
