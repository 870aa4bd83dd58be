/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for USB controllers whose devices may not all be found yet. */
#ifndef GPUCLAIM_HELPER_ACT_SETTLE_H
#define GPUCLAIM_HELPER_ACT_SETTLE_H

#include "helper/claim/assess.h"

/* So long in a boot, for all controllers and all runs together. */
#define SETTLE_MS 2000

/** settle_is_due() - is a GPU refused for no other reason? */
bool settle_is_due(const struct assessment *a);

/**
 * settle_wait() - until each of these controllers has settled, or a device is seen on it
 * @budget_ms:	at most so long
 *
 * Only looks. Return: how long it took, in milliseconds; decide afresh then.
 */
unsigned settle_wait(const struct root *root, const struct assessment *a, unsigned budget_ms);

#endif
