/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One gpuclaim at a time. */
#ifndef GPUCLAIM_HELPER_RECORD_LOCK_H
#define GPUCLAIM_HELPER_RECORD_LOCK_H

#include "helper/base/root.h"

/**
 * lock_take() - take the lock below /run/gpuclaim
 *
 * Return: a file descriptor that holds it until it is closed, -EBUSY if
 * another holds it for longer than @timeout_ms, or another negative errno.
 */
int lock_take(const struct root *root, unsigned timeout_ms) _must_check_;

#endif
