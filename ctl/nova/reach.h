/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does what the drop-in says reach nova-compute? */
#ifndef GPUCLAIM_CTL_NOVA_REACH_H
#define GPUCLAIM_CTL_NOVA_REACH_H

#include "ctl/nova/dropin_change.h"
#include "helper/base/root.h"
#include "nova/tell/dropin.h"

/**
 * nova_reach_deployment() - refuse where Nova runs in a container or a snap, which never reads the
 * host's /etc/nova, and where it can't be told how it is started
 *
 * Return: 0 (look at @change's refusal), or a negative errno; so does the next one.
 */
int nova_reach_deployment(const struct root *root, struct nova_dropin_change *change) _must_check_;

/**
 * nova_reach_check() - read Nova's whole configuration as if the drop-in were there
 * @chosen:	its path is the operator's choice: that it is not read, or that this can't be
 *		told, is noted, not refused
 *
 * Refuses where nova-compute does not read it, and where another file's report_in_placement beats
 * the one in it.
 */
int nova_reach_check(const struct root *root, bool chosen,
		     struct nova_dropin_change *change) _must_check_;

#endif
