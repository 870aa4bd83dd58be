/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan that gives every kernel the wanted arguments. */
#ifndef GPUCLAIM_CTL_KARGS_APPLY_H
#define GPUCLAIM_CTL_KARGS_APPLY_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/**
 * kargs_plan_apply() - what it takes for every kernel to get the wanted arguments
 *
 * Reads only. Without steps there is nothing to do.
 *
 * Return: 0 (look at @ret->refusal), or a negative errno. Free with change_plan_free().
 */
int kargs_plan_apply(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret) _must_check_;

#endif
