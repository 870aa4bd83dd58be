/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Placement says of this node's PCI devices. */
#ifndef GPUCLAIM_CTL_PLACEMENT_PLACEMENT_H
#define GPUCLAIM_CTL_PLACEMENT_PLACEMENT_H

#include "ctl/placement/keystone.h"
#include "helper/base/text.h"

/** struct placement_inventory - of one resource class */
struct placement_inventory {
	char *resource_class; /* owned */
	long total, reserved, used;
};

/**
 * struct placement_provider - one resource provider
 * @consumer:	whose allocations it has: UUIDs of servers or migrations
 */
struct placement_provider {
	char *name, *uuid;		       /* owned */
	struct placement_inventory *inventory; /* owned */
	size_t n_inventories;
	struct text_list trait, consumer;
};

/**
 * struct placement - the node's providers
 * @node:	the root provider's name, which libvirt gave the host; owned; NULL: it has none
 * @provider:	those below it; owned
 */
struct placement {
	char *node;
	struct placement_provider *provider;
	size_t n;
};

/**
 * placement_read() - ask Placement
 * @url:	its address; "": the one of Keystone's catalog
 * @node:	the host's name, with or without its domain
 * @ret_error:	one sentence, to be freed, with -EIO, -EINVAL and -ENOPKG
 *
 * Return: 0, one of these, or -ENOMEM. Free with placement_free().
 */
int placement_read(const struct root *root, const char *url, const char *node,
		   struct placement *ret, char **ret_error) _must_check_;
void placement_free(struct placement *placement);

#define _cleanup_placement_ __attribute__((cleanup(placement_free)))

#endif
