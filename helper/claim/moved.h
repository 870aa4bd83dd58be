/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a GPU is that is not where a line says. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_MOVED_H
#define GPUCLAIM_HELPER_CLAIM_MOVED_H

#include "helper/machine/scan.h"
#include "helper/policy/policy.h"

#define MOVED_TEXT_MAX 96

/**
 * moved_format() - "; a GPU with these IDs is at 0000:03:00.0", or ""
 * @rule:	a line with a place
 *
 * GPUs that match all the rest of the line, and that no other line names by their place. Several
 * may be told.
 */
const char *moved_format(const struct machine *machine, const struct policy *policy,
			 const struct rule *rule, char buf[static MOVED_TEXT_MAX]);

#endif
