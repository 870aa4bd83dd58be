/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Placement says of this node's PCI devices. The errors are those of placement_get(); an
 * answer without the member that was asked for is -EIO, too. Names are made printable.
 */
#ifndef GPUCLAIM_CTL_PLACEMENT_PLACEMENT_H
#define GPUCLAIM_CTL_PLACEMENT_PLACEMENT_H

#include "ctl/placement/session.h"
#include "helper/base/text.h"

/** struct placement_inventory - of one resource class */
struct placement_inventory {
	char *resource_class; /* owned */
	long total, reserved, used;
};

/**
 * struct placement_provider - one resource provider
 * @generation:	rises with each change, also where something is allocated
 * @consumer:	whose allocations it has: UUIDs of servers or migrations
 */
struct placement_provider {
	char *name, *uuid; /* owned */
	long generation;
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
 * @ret_error:	one sentence, to be freed, with -EIO, -EINVAL, -ENOPKG, -EACCES and -ENOENT
 *
 * Return: 0, one of these, or -ENOMEM. Free with placement_free().
 */
int placement_read(const struct root *root, const char *url, const char *node,
		   struct placement *ret, char **ret_error) _must_check_;

/**
 * placement_find_node() - the root provider of this host, by its name
 * @ret_uuid:	NULL: there is none; to be freed
 */
int placement_find_node(struct placement_session *session, const char *node,
			char **ret_uuid) _must_check_;

/** placement_is_node() - is it how Placement calls @node: with its domain, or without? Pure */
bool placement_is_node(const char *name, const char *node);

/** placement_address_of() - "NODE_0000:41:00.0": of which device is it? Whether that is told. Pure
 */
bool placement_address_of(const struct placement *tree, const struct placement_provider *p,
			  struct pci_address *ret);

/**
 * placement_read_tree() - one request: the node and what is below it, names and generations only
 * @uuid:	of the root; the node of @ret is NULL where there is none
 */
#define PLACEMENT_TREE_MAX 4096
int placement_read_tree(struct placement_session *session, const char *uuid,
			struct placement *ret) _must_check_;

/**
 * placement_find_trait() - one request: which providers of a tree have the trait
 * @ret:	their UUIDs are added; none where Placement knows no such trait
 */
int placement_find_trait(struct placement_session *session, const char *uuid, const char *trait,
			 struct text_list *ret) _must_check_;

/** placement_read_provider() - three requests: inventories, traits, allocations. -ENOENT: gone */
int placement_read_provider(struct placement_session *session,
			    struct placement_provider *provider) _must_check_;

/** placement_read_use() - one request: how much of its inventories is used, by whom. As above */
int placement_read_use(struct placement_session *session,
		       struct placement_provider *provider) _must_check_;

/** placement_provider_free_details() - all but its name and UUID */
void placement_provider_free_details(struct placement_provider *provider);
void placement_free(struct placement *placement);

#endif
