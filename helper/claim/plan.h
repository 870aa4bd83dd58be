/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done for a decision, as data. */
#ifndef GPUCLAIM_HELPER_CLAIM_PLAN_H
#define GPUCLAIM_HELPER_CLAIM_PLAN_H

#include "helper/claim/decision.h"
#include "helper/claim/units.h"

enum plan_op {
	PLAN_OVERRIDE, /* store the wanted driver's name in driver_override */
	PLAN_LOAD,     /* load the wanted driver's module */
	PLAN_UNBIND,   /* take the function from the driver it has */
	PLAN_BIND,     /* have the wanted driver probe it, and read the link back */
	PLAN_OFFER,    /* have native drivers probe it, and udev load those that match */
};

/**
 * struct plan_step - one effect, and how it is taken back
 * @unit:	the GPU it is for: when a step fails, all of its unit are undone
 * @path:	attribute to store to, relative to the root
 * @value:	what to store
 * @driver:	the wanted one
 * @undo_path, @undo_value: the store that takes it back; "" for none
 */
struct plan_step {
	enum plan_op op;
	size_t unit;
	size_t function;
	char path[64 + DRIVER_NAME_MAX];
	char value[DRIVER_NAME_MAX];
	char driver[DRIVER_NAME_MAX];
	char undo_path[64 + DRIVER_NAME_MAX];
	char undo_value[DRIVER_NAME_MAX];
};

/**
 * struct plan - what is to be done
 * @whole:	a unit whose driver can't be found is taken back like one that
 *		fails; else its overrides stay, and keep native drivers off it
 */
struct plan {
	struct plan_step *step; /* owned */
	size_t n_steps;
	bool whole;
};

/**
 * plan_claim() - the steps that make a decision true. Pure.
 *
 * The overrides of all units come first, so that a native driver that loads
 * meanwhile finds none of them; then unit by unit: load, unbind, bind. A unit
 * whose driver is missing, or that is kept, gets its overrides only; what is let
 * go loses its overrides first, and is offered then.
 *
 * Return: 0, or -ENOMEM. Free with plan_free().
 */
int plan_claim(const struct machine *machine, const struct units *units,
	       const struct decision *decision, struct plan *ret) _must_check_;

/**
 * plan_release() - the steps that take functions from their vfio drivers. Pure.
 * @function:	@n indices, with details: one GPU's
 *
 * All overrides are cleared first, so that a failure leaves every function with a driver
 * that matches it. What is to probe them then is no step: that can't be taken back.
 *
 * Return: 0, or -ENOMEM. Free with plan_free().
 */
int plan_release(const struct machine *machine, const size_t *function, size_t n,
		 struct plan *ret) _must_check_;
void plan_free(struct plan *plan);

#endif
