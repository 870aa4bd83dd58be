/* SPDX-License-Identifier: GPL-2.0-or-later */
/* device_spec and alias as JSON: the one place that knows their keys. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_JSON_H
#define GPUCLAIM_NOVA_TELL_JSON_H

#include <json-c/json.h>

#include "nova/tell/plan.h"

/**
 * nova_json_spec() - one value of [pci] device_spec
 *
 * IDs and the full address, lower case, which every release takes, and what
 * makes a GPU that was moved or swapped match nothing. From 2025.1 on managed=no:
 * libvirt then refuses to start a guest on a GPU that is not bound to vfio, where it would
 * take it from a running driver otherwise.
 *
 * Source: nova/pci/devspec.py.
 *
 * Return: the object, to be put, or NULL if memory runs out.
 */
struct json_object *nova_json_spec(const struct nova_plan *plan, size_t i);

/**
 * nova_json_alias() - one value of [pci] alias
 *
 * numa_policy is "preferred": with Nova's default "legacy" two GPUs on two NUMA nodes never
 * go to one guest that has a NUMA topology. A flavor's hw:pci_numa_affinity_policy beats it.
 *
 * Source: nova/pci/request.py.
 */
struct json_object *nova_json_alias(const struct nova_plan *plan, size_t i);

/** nova_json_specs(), nova_json_aliases() - all of them, an array */
struct json_object *nova_json_specs(const struct nova_plan *plan);
struct json_object *nova_json_aliases(const struct nova_plan *plan);

/** nova_json_schedulable() - for each alias how many GPUs of it a guest can have */
struct json_object *nova_json_schedulable(const struct nova_plan *plan);

/**
 * nova_json_text() - on one line, as configuration files have it; belongs to @object
 *
 * Return: NULL if memory runs out: never less than @object holds.
 */
const char *nova_json_text(struct json_object *object);

static inline void nova_json_free(struct json_object **object)
{
	(void)json_object_put(*object); /* whether it was the last reference doesn't matter */
}

#endif
