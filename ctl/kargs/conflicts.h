/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An argument that says the opposite of a wanted one is somebody's decision. */
#ifndef GPUCLAIM_CTL_KARGS_CONFLICTS_H
#define GPUCLAIM_CTL_KARGS_CONFLICTS_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/**
 * kargs_check_conflicts() - refuse what an argument speaks against that somebody put there
 *
 * With each place where one stands. Return: 0 or a negative errno.
 */
int kargs_check_conflicts(const struct root *root, const struct kargs_view *view,
			  struct change_plan *plan) _must_check_;

#endif
