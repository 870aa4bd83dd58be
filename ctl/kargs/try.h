/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for a boot that tries the arguments once, and the one that takes it back. */
#ifndef GPUCLAIM_CTL_KARGS_TRY_H
#define GPUCLAIM_CTL_KARGS_TRY_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/**
 * kargs_plan_trial() - what it takes to boot the wanted arguments once
 *
 * The entry that boots by default is copied, with the arguments added, and the boot loader
 * is told to start the copy at the next boot only; the entry itself is not touched. Asks
 * grub-probe, where there is GRUB, whether it can let go of that. Refused wherever the
 * arguments could not be made permanent afterwards, or could not be tried once. Without steps
 * there is nothing to try: the arguments are there, or the trial is prepared.
 *
 * To be run under the record TRIAL_RECORD. Return: as kargs_plan_apply().
 */
int kargs_plan_trial(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret) _must_check_;

/**
 * kargs_plan_trial_revert() - what it takes to be rid of a trial: booted, failed or pending
 * @undo:	the record TRIAL_RECORD
 */
int kargs_plan_trial_revert(const struct root *root, const struct kargs_view *view,
			    const struct undo *undo, struct change_plan *ret) _must_check_;

#endif
