/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What boot loaders with an entry for each kernel share. */
#ifndef GPUCLAIM_CTL_ARGUMENTS_ENTRIES_H
#define GPUCLAIM_CTL_ARGUMENTS_ENTRIES_H

#include "ctl/arguments/lines.h"
#include "ctl/change/plan.h"

/**
 * struct kargs_wish - what a tool is to be told for one command line
 * @words:	our arguments, merged with the user's: "intel_iommu=on,sm_on iommu=pt", "" if
 *		nothing is missing; owned
 */
struct kargs_wish {
	char *words;
	struct kargs_changes changes;
};

/** kargs_wish_make() - of a command line. Return: 0 or -ENOMEM. Free with kargs_wish_free() */
int kargs_wish_make(const struct kargs_view *view, const char *cmdline,
		    struct kargs_wish *ret) _must_check_;
void kargs_wish_free(struct kargs_wish *wish);

/** kargs_watch_entry() - the entry's file, which a program is going to write, is watched */
int kargs_watch_entry(const struct boot_line *line, const struct kargs_changes *changes,
		      struct change_plan *plan) _must_check_;

/**
 * kargs_wish_of_entry() - the wish of a kernel's entry, which is watched
 *
 * Entries that want nothing are watched, too: their words are the user's, whereas an entry that
 * the record does not know has ours from the template.
 *
 * Return: 1 if there is a wish, 0 if not, or a negative errno.
 */
int kargs_wish_of_entry(const struct kargs_view *view, const struct boot_line *line,
			struct kargs_wish *ret, struct change_plan *plan) _must_check_;

/** kargs_find_maker() - a system that is made from a description has the arguments there: the
 * refusal says where; NULL: this is none */
const char *kargs_find_maker(const struct root *root);

/**
 * kargs_find_sdbootutil() - SUSE's entries, of GRUB and of systemd-boot, are sdbootutil's
 *
 * It measures what it writes, and has entries of snapshots: it is left to the administrator. Then
 * @loader has the refusal, which names the file that this sdbootutil reads. Return: is it there?
 */
bool kargs_find_sdbootutil(const struct root *root, struct loader *loader);

/**
 * kargs_edit_entry() - our own edit of an entry
 * @block:	GRUB's environment block as it will be; NULL: there is none
 *
 * A kernel's gets what it lacks, a rescue entry is unarmed. One that needs neither is watched.
 *
 * Return: 0 (look at @plan->refusal), or a negative errno.
 */
int kargs_edit_entry(const struct kargs_view *view, const char *block, const struct boot_line *line,
		     struct change_plan *plan) _must_check_;

/**
 * kargs_plan_cmdline() - the template of new kernels
 *
 * Where there is none, the next kernel would copy the running arguments, of a trial for
 * example: then it is made. Return: 0, or a negative errno.
 */
int kargs_plan_cmdline(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan) _must_check_;

/**
 * kargs_revert_entries() - of struct kargs_loader
 *
 * Entries of kernels that came later have our arguments from the template.
 */
int kargs_revert_entries(const struct root *root, const struct kargs_view *view,
			 const struct undo *undo, struct change_plan *plan) _must_check_;

/**
 * kargs_revert_cmdline() - our words go from a template of new kernels that the record does not
 * know
 *
 * Version 0.1.0 ran grubby, which made one, or wrote into the one that was there.
 * Return: 0, or a negative errno.
 */
int kargs_revert_cmdline(const struct root *root, const struct undo *undo,
			 struct change_plan *plan) _must_check_;

#endif
