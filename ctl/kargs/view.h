/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel arguments of a machine: read, and judged line by line. */
#ifndef GPUCLAIM_CTL_KARGS_VIEW_H
#define GPUCLAIM_CTL_KARGS_VIEW_H

#include "ctl/arguments/lines.h"

/**
 * kargs_view_read() - read it
 * @known:	read before in this run: only what boots is read anew, not what runs, nor what it
 *		runs on, nor which boot loader that is; NULL: there is none
 *
 * intel_iommu=on is wanted where the machine has a DMAR table, and where no
 * firmware tables can be seen (a target tree), unless there is a devicetree or an Arm processor:
 * on AMD and Arm nobody reads it.
 *
 * Return: 0, or a negative errno: then @ret has no lines. Free with kargs_view_free().
 */
int kargs_view_read(const struct root *root, const struct kargs_view *known,
		    struct kargs_view *ret) _must_check_;
void kargs_view_free(struct kargs_view *view);

#endif
