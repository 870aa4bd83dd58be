/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resource providers that nova-compute makes in Placement of the devices it matches. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_PROVIDER_H
#define GPUCLAIM_NOVA_RULES_PROVIDER_H

#include "helper/base/text.h"
#include "nova/rules/devspec.h"

/**
 * struct provider - one resource provider
 * @address:	its device's, of virtual functions their physical one's: what its name ends with
 * @resource_class: normalized; owned
 * @trait:	normalized and sorted
 * @device:	indices in the host's devices; owned
 */
struct provider {
	struct pci_address address;
	char *resource_class;
	struct text_list trait;
	bool parent;
	size_t *device;
	size_t n_devices;
};

/**
 * struct providers - all of them
 * @error:	what Nova raises instead, over the device_spec of value @error_option; then there
 * are none
 */
struct providers {
	struct provider *provider; /* owned */
	size_t n;
	struct nova_error error;
	size_t error_option;
};

/**
 * providers_make() - what [pci] report_in_placement makes of all specs and devices
 *
 * PlacementPciException and its like stop nova-compute when it starts; other exceptions are
 * logged, and the node's resources are never reported.
 *
 * Source: nova/compute/pci_placement_translator.py of Nova 26 to 34.
 *
 * Return: 0 (also when Nova refuses), or -ENOMEM. Free with providers_free().
 */
int providers_make(const struct nova_rules *rules, const struct devspecs *specs,
		   struct providers *ret) _must_check_;
void providers_free(struct providers *providers);

/** provider_name() - "NODE_0000:41:00.0"; to be freed, or NULL */
char *provider_name(const char *node, const struct pci_address *address);

/** provider_class() - the name Placement gets for what was written; to be freed, or NULL */
char *provider_class(const char *text);

/**
 * provider_trait() - the same of a trait
 *
 * Standard traits are known by their namespace, not each by its name.
 */
char *provider_trait(const char *text);

/* What the scheduler asks of each PCI provider once every nova-compute is 2026.2 or newer. */
#define PROVIDER_OWNER_TRAIT "OWNER_NOVA"

/**
 * provider_add_owner() - PROVIDER_OWNER_TRAIT, if this release puts it on its PCI providers
 *
 * Source: update_provider_tree() in nova/compute/pci_placement_translator.py and
 * owner_nova_filter() in nova/scheduler/request_filter.py of Nova 34.
 *
 * Return: 0 or -ENOMEM.
 */
int provider_add_owner(unsigned release, struct text_list *list) _must_check_;

/** provider_add_trait() - to a list, unless it is there. Return: 0 or -ENOMEM */
int provider_add_trait(struct text_list *list, const char *text) _must_check_;

#endif
