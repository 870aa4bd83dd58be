/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claim lines that say which functions of its slot come along with a GPU: functions=. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_FUNCTIONS_H
#define GPUCLAIM_HELPER_CLAIM_FUNCTIONS_H

#include "helper/machine/scan.h"
#include "helper/policy/policy.h"

/**
 * functions_rule() - the claim line that lists a GPU's functions, or NULL
 *
 * A line that waits for gpuclaim=1 counts, too: gpuclaimctl claim takes what the next boot would.
 */
const struct rule *functions_rule(const struct policy *policy, const struct function_id *gpu);

/**
 * functions_check() - hold the lists against the GPUs that are there
 *
 * Lines that say different things of one GPU, and one that leaves its GPU out, void the claim
 * lines of all files, as any error does: see policy_void(). A line without a list says nothing.
 *
 * Return: 0, or -ENOMEM.
 */
int functions_check(struct policy *policy, const struct machine *machine) _must_check_;

#endif
