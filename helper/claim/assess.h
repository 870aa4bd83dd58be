/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a file system to verdicts: policy, facts and decision in one go. Changes nothing. */
#ifndef GPUCLAIM_HELPER_CLAIM_ASSESS_H
#define GPUCLAIM_HELPER_CLAIM_ASSESS_H

#include "helper/claim/decision.h"
#include "helper/claim/units.h"

struct assessment {
	struct policy policy;
	struct machine machine;
	struct units units;
	struct decision decision;
};

/**
 * assess() - read policy and machine below @root, and decide
 * @ret:	free with assessment_free(); untouched on failure. For CLAIM_UDEV it
 *		holds no machine where no rule claims anything.
 *
 * Return: 0, or a negative errno.
 */
int assess(const struct root *root, enum claim_mode mode, struct assessment *ret) _must_check_;

/**
 * assess_machine() - fill in the machine and its units for the policy that is there
 * @known:	the machine, read for another policy before; or NULL
 *
 * For those who decide with other facts than assess(): claim_decide() comes next.
 *
 * Return: 0, or a negative errno; assessment_free() frees what there is then, too.
 */
int assess_machine(const struct root *root, const struct machine *known,
		   struct assessment *assessment) _must_check_;

/**
 * assess_live() - the same for one GPU that somebody names now, selected or not
 * @gpu:	its address; another function's gets a verdict that says what it is
 *
 * As CLAIM_LIVE; and a default of set rebind= extends to the GPU itself, for
 * who names it wants it taken. Other GPUs are bystanders.
 */
int assess_live(const struct root *root, const struct pci_address *gpu,
		struct assessment *ret) _must_check_;
void assessment_free(struct assessment *assessment);

#endif
