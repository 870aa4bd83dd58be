/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entry that boots once: a copy of the one that boots always. */
#ifndef GPUCLAIM_CTL_ARGUMENTS_TRY_ENTRY_H
#define GPUCLAIM_CTL_ARGUMENTS_TRY_ENTRY_H

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"
#include "grub/grub_trial.h"

/** struct trial_wish - the wanted arguments, and what a trial has besides */
struct trial_wish {
	struct kargs_wanted wanted[KARGS_ALL + TRIAL_KARGS];
	size_t n;
};

struct trial_wish trial_wish_make(const struct kargs_view *view);

/** kargs_refuse_entry() - why an entry can't be copied: one sentence; or @r, if that is no reason
 */
int kargs_refuse_entry(const struct trial_wish *wish, struct change_plan *plan,
		       const struct boot_line *line, int r, const char *why) _must_check_;

/** kargs_plan_text() - the file gets @after, unless it has it */
int kargs_plan_text(const char *path, const char *before, const char *after,
		    enum undo_editor editor, struct change_plan *plan) _must_check_;

/**
 * kargs_copy_entry() - a copy of an entry of the Boot Loader Specification beside it
 * @ret_stem:	its path without ".conf", to be freed
 *
 * Return: 0 (look at @plan->refusal), or a negative errno.
 */
int kargs_copy_entry(const struct root *root, const struct kargs_view *view,
		     const struct boot_line *next, char **ret_stem,
		     struct change_plan *plan) _must_check_;

/** kargs_forget_efi() - of struct kargs_loader, for those that systemd-boot starts */
int kargs_forget_efi(const struct root *root, const struct kargs_view *view,
		     struct change_plan *plan) _must_check_;

#endif
