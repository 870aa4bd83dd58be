/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One gpuclaim at a time. */
#ifndef GPUCLAIM_HELPER_RECORD_LOCK_H
#define GPUCLAIM_HELPER_RECORD_LOCK_H

#include "helper/base/root.h"

#define LOCK_OF_CLAIMS "lock"

/**
 * lock_take() - take a lock below /run/gpuclaim
 * @name:	of its file; LOCK_OF_CLAIMS: who changes what drivers have
 * @timeout_ms:	0: it is not waited for
 *
 * Return: a file descriptor that holds it until it is closed, -EBUSY if
 * another holds it for longer than @timeout_ms, or another negative errno.
 */
int lock_take(const struct root *root, const char *name, unsigned timeout_ms) _must_check_;

#endif
