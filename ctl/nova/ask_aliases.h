/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are the names of the aliases taken? Pure. */
#ifndef GPUCLAIM_CTL_NOVA_ASK_ALIASES_H
#define GPUCLAIM_CTL_NOVA_ASK_ALIASES_H

#include "ctl/verify/node.h"
#include "nova/tell/plan.h"

/**
 * nova_ask_aliases() - are the names taken?
 * @node:	what Nova reads now
 * @path:	of the drop-in, relative to the root: what it has now does not count
 * @ret_conflict: one sentence, to be freed, about the first name that means something else in
 *		another file; NULL: there is none
 *
 * Of one name Nova makes alternatives, or refuses them. An alias that is there with the same
 * meaning is marked in @plan, and not written again; one with another meaning is not to be written.
 *
 * Return: 0 or -ENOMEM.
 */
int nova_ask_aliases(const struct nova_node *node, const char *path, struct nova_plan *plan,
		     char **ret_conflict) _must_check_;

#endif
