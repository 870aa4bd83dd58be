/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check "nova-whitelist" of status: is Nova told of a GPU that is not ready? Pure. */
#ifndef GPUCLAIM_CTL_STATUS_WHITELIST_H
#define GPUCLAIM_CTL_STATUS_WHITELIST_H

#include "ctl/verify/node.h"

/**
 * nova_whitelist_check() - of what was judged
 *
 * Fails where Nova may hand out a GPU that is not ready. Warns where a spec outside of our
 * drop-in matches a GPU that is: once that GPU fails, nothing takes it out. Skips where Nova
 * does not start with its configuration.
 */
void nova_whitelist_check(const struct verify_facts *facts, const struct nova_judgement *judgement,
			  struct check *check);

/**
 * whitelist_check() - judge, too
 * @node:	what nova_node_read() read
 * @error:	why it could not, a negative errno; 0: it could
 * @facts:	the devices of it are judged
 *
 * Return: 0 or -ENOMEM.
 */
int whitelist_check(const struct nova_node *node, int error, const struct facts *facts,
		    struct check *check) _must_check_;

#endif
