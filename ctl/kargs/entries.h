/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot loaders with an entry for each kernel: grubby's, kernel-install's, ostree's. */
#ifndef GPUCLAIM_CTL_KARGS_ENTRIES_H
#define GPUCLAIM_CTL_KARGS_ENTRIES_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/** kargs_plan_entries() - part of kargs_plan_apply() */
int kargs_plan_entries(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan) _must_check_;

#endif
