/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our change taken out of a file that others may have changed since. Pure. */
#ifndef GPUCLAIM_CTL_CHANGE_TAKE_OUT_H
#define GPUCLAIM_CTL_CHANGE_TAKE_OUT_H

#include "ctl/change/undo.h"

/**
 * undo_without_ours() - what a file should hold when our change is taken out of it
 * @current:	what it holds, NULL: it is not there
 * @ret:	to be freed; NULL: it should not be there
 * @ret_gone:	how many of our arguments were not found; 0 for an unchanged file
 *
 * Return: 0, -EINVAL (it can't be told where our arguments are), or -ENOMEM.
 */
int undo_without_ours(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone) _must_check_;

/** undo_warn() - append what is to be said of a file that another hand has changed. */
int undo_warn(const struct undo_file *file, const char *current, size_t gone,
	      struct text_list *warnings) _must_check_;

#endif
