/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carry out a plan: the only place that changes a machine's devices. */
#ifndef GPUCLAIM_HELPER_ACT_APPLY_H
#define GPUCLAIM_HELPER_ACT_APPLY_H

#include "helper/claim/plan.h"

/**
 * struct apply_result - what became of a unit
 * @error:	0, or the negative errno of the step that failed
 * @missing:	there is no such driver: the overrides stay
 * @function:	whose step failed
 * @stuck:	a function whose unbind the kernel did not finish, or NO_FUNCTION
 * @what:	what could not be done: "cannot unbind it from xhci_hcd"
 */
struct apply_result {
	int error;
	bool missing;
	size_t function;
	size_t stuck;
	char what[160];
};

/**
 * plan_apply() - carry out the steps, unit by unit
 * @patience_ms: how long to wait for a function that isn't bindable yet
 * @result:	one for each unit, zeroed by the caller
 *
 * When a step fails, what this run changed for its unit is taken back, and the
 * other units go on. In a confined root no module is loaded.
 */
void plan_apply(const struct root *root, const struct plan *plan, unsigned patience_ms,
		struct apply_result *result);

/**
 * apply_give_back() - offer a function that was let go to the drivers that match it
 *
 * As udev would: every module that matches, then whatever driver takes it. One that loads now has
 * taken it. In a confined root no module is loaded. What can't be loaded is in the log.
 *
 * Return: 0, or the negative errno of the kernel's probe.
 */
int apply_give_back(const struct root *root, const struct pci_address *address) _must_check_;

#endif
