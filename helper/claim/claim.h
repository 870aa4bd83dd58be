/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decision: facts and policy in, a verdict for each function out. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_CLAIM_H
#define GPUCLAIM_HELPER_CLAIM_CLAIM_H

#include "helper/claim/decision.h"
#include "helper/claim/units.h"

/**
 * claim_decide() - a verdict for every GPU, every companion, and every
 *		    function that a rule names
 * @machine:	with the details of all functions of wanted units
 *
 * Return: 0, or -ENOMEM. Free with decision_free().
 */
int claim_decide(const struct machine *machine, const struct policy *policy,
		 const struct units *units, enum claim_mode mode,
		 struct decision *ret) _must_check_;

#endif
