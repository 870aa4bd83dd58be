/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at the machine: which GPUs are ready now. Reads files only, and wakes no GPU. */
#ifndef GPUCLAIM_CTL_SYNC_LOOK_H
#define GPUCLAIM_CTL_SYNC_LOOK_H

#include "ctl/sync/state.h"

/**
 * sync_look() - the GPUs that are selected, and those that are gone from their place
 * @ret:	gets its GPUs
 * @ret_broken:	the configuration is: then no GPU is known
 *
 * Return: 0, or a negative errno.
 */
int sync_look(const struct root *root, struct sync_state *ret, bool *ret_broken) _must_check_;

#endif
