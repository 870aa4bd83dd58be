/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan that takes our arguments back. */
#ifndef GPUCLAIM_CTL_KARGS_REVERT_H
#define GPUCLAIM_CTL_KARGS_REVERT_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/**
 * kargs_plan_revert() - what it takes to get back to what the record tells
 *
 * A file that is as we left it gets its old bytes; from another one our
 * arguments are taken, and those that can't be found are warned of. A file in
 * which it can't be told where they are stays, with a warning, in @ret->left.
 */
int kargs_plan_revert(const struct root *root, const struct kargs_view *view,
		      const struct undo *undo, struct change_plan *ret) _must_check_;

/**
 * kargs_find_armed() - the files that still give gpuclaim=1 to what boots, by the record's doing
 * @view:	as it is once all of the record was taken back
 * @sources:	each file is appended once
 *
 * Return: 0 or -ENOMEM. Pure.
 */
int kargs_find_armed(const struct kargs_view *view, const struct undo *undo,
		     struct text_list *sources) _must_check_;

/** kargs_plan_restore() - the step that takes our change out of one file of the record */
int kargs_plan_restore(const struct root *root, const struct kargs_view *view,
		       const struct undo *undo, const struct undo_file *file,
		       struct change_plan *plan) _must_check_;

#endif
