/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which boot loader a machine has, and how its arguments are changed. */
#ifndef GPUCLAIM_CTL_LOADERS_LOADERS_H
#define GPUCLAIM_CTL_LOADERS_LOADERS_H

#include "ctl/loaders/row.h"

/**
 * loader_detect() - look at the files of the root: the first loader of the table that is there
 *
 * Free with loader_free().
 */
struct loader loader_detect(const struct root *root) _must_check_;

/**
 * loader_again() - one that was found before in this run: only what it remembers is read
 * anew, and looked for what a program may have made since
 * @known:	NULL: as loader_detect()
 */
struct loader loader_again(const struct root *root, const struct loader *known) _must_check_;

/** kargs_loader_of() - how the arguments of a boot loader that was detected are changed */
const struct kargs_loader *kargs_loader_of(const struct loader *loader);

#endif
