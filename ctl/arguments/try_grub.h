/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB starts an entry once: can it, is it told, does it forget? */
#ifndef GPUCLAIM_CTL_ARGUMENTS_TRY_GRUB_H
#define GPUCLAIM_CTL_ARGUMENTS_TRY_GRUB_H

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"

/**
 * kargs_check_grub() - refuse the plan unless GRUB can start an entry once, and let go of that
 *
 * Return: 0 (look at @plan->refusal), or a negative errno.
 */
int kargs_check_grub(const struct root *root, const struct kargs_view *view,
		     struct change_plan *plan) _must_check_;

/** kargs_grub_reboot() - "grub-reboot ID", unless that was done before */
int kargs_grub_reboot(const struct root *root, const struct kargs_view *view, const char *id,
		      struct change_plan *plan) _must_check_;

/** kargs_forget_grub() - of struct kargs_loader */
int kargs_forget_grub(const struct root *root, const struct kargs_view *view,
		      struct change_plan *plan) _must_check_;

#endif
