/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of an inventory may not be given away, written. */
#ifndef GPUCLAIM_CTL_PLACEMENT_INVENTORY_H
#define GPUCLAIM_CTL_PLACEMENT_INVENTORY_H

#include "ctl/placement/session.h"

/**
 * struct placement_change - one inventory's
 * @generation:	of its provider, by which the change was decided
 */
struct placement_change {
	const char *uuid, *resource_class;
	long generation, reserved;
};

/**
 * placement_reserve() - set @reserved, and leave all else of the inventory as it is
 * @ret_generation: the provider's after it
 *
 * Source: Placement, handlers/inventory.py, update_inventory(): all fields are written anew, and
 * reserved may be as much as total since 1.26.
 *
 * Return: 0 (also where it is so already); -EINPROGRESS: whether it was stored can't be told, as
 * nothing that answered knows. With all others it was not: -ESTALE: the provider has changed since
 * it was looked at, look afresh; -ENOENT: there is no such provider or inventory; else as
 * placement_get().
 */
int placement_reserve(struct placement_session *session, const struct placement_change *change,
		      long *ret_generation) _must_check_;

#endif
