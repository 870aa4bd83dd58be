/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Take a function from its driver without hanging together with the kernel. */
#ifndef GPUCLAIM_HELPER_ACT_UNBIND_H
#define GPUCLAIM_HELPER_ACT_UNBIND_H

#include "helper/base/root.h"

/* One value to store in one attribute. */
struct store {
	const char *path;
	const char *value;
};

/**
 * unbind_bounded() - store in an unbind attribute, in a child
 * @undo:	what takes it back, in order; the left-behind child stores these
 *		if the kernel lets go of it one day
 *
 * A driver's remove function may never return, and whoever stores then can't
 * be killed either. The child is left behind in that case. Nobody else may
 * store anything for that device from then on: until Linux 6.12's stable
 * updates driver_override waits for the device's lock, which the child holds.
 *
 * Return: 0, -ETIMEDOUT after @timeout_ms, or the kernel's negative errno.
 */
int unbind_bounded(const struct root *root, struct store unbind, const struct store *undo,
		   size_t n_undo, int timeout_ms) _must_check_;

/**
 * work_bounded() - do something else that the kernel may never come back from, in a child
 * @work:	returns 0 or a negative errno; of the descriptors that were open it has @root's only
 *
 * Return: what @work does, or as unbind_bounded().
 */
int work_bounded(const struct root *root, int (*work)(const struct root *root, const void *context),
		 const void *context, int timeout_ms) _must_check_;

#endif
