/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Nova is to be told of this node's GPUs, before it is written in any format. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_PLAN_H
#define GPUCLAIM_NOVA_TELL_PLAN_H

#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/base/text.h"
#include "nova/rules/release.h"

/* Nova takes 256; a resource class and a flavor's property hold it, too. */
#define NOVA_ALIAS_MAX 65
/* With what is put behind it: "-10de-1c81-pf". */
#define NOVA_ALIAS_NAME_MAX (NOVA_ALIAS_MAX + 13)

/* Traits, and tags, as they are asked for. */
#define NOVA_LIST_MAX 129

/**
 * struct nova_options - how Nova is told
 * @release:	NOVA_OLDEST to NOVA_NEWEST
 * @placement:	PCI devices are reported to Placement ([pci] report_in_placement)
 * @shared_groups: list every GPU of an IOMMU group, not only the lowest address
 * @alias:	the name asked for, "" for one made of the IDs
 * @numa_policy: of each alias; "" for "preferred"
 * @traits:	"A,B": of each GPU in Placement; "" for none
 * @tags:	"KEY=VALUE,KEY=VALUE": more keys of each device_spec; "" for none
 */
struct nova_options {
	unsigned release;
	bool placement, shared_groups;
	char alias[NOVA_ALIAS_MAX], numa_policy[10];
	char traits[NOVA_LIST_MAX], tags[NOVA_LIST_MAX];
};

/**
 * struct nova_gpu - one GPU that the configuration selects
 * @fabric:	an NVSwitch: a unit of its own that never gets a GPU's alias
 * @sriov:	it has the SR-IOV capability, whether or not there are virtual functions
 * @ready:	Nova may hand it out
 * @shares:	it would be ready, but @sharing, of the same IOMMU group, is listed for both
 * @why:	the first reason that it is not ready for, "" for none; the caller's
 * @memory_bytes: the sum of its memory BARs
 */
struct nova_gpu {
	struct pci_address address, sharing;
	struct pci_id id;
	bool fabric, sriov, ready, shares;
	const char *why;
	uint64_t memory_bytes;
};

/**
 * struct nova_alias - one model, by the device type that Nova will see
 * @physical_function: "type-PF", else "type-PCI". libvirt calls a function PF if it has the
 *		capability, also with no virtual function (virPCIGetVirtualFunctions(),
 *		nova.virt.libvirt.host._get_pcidev_info())
 * @schedulable: how many GPUs of it are listed
 * @memory_bytes: the BARs of all of these
 * @elsewhere:	the other file of Nova's that has it already, so that it is not written again;
 *owned; NULL: none
 * @omitted:	it is not written, for another file has something else under its name
 */
struct nova_alias {
	char name[NOVA_ALIAS_NAME_MAX], *elsewhere;
	struct pci_id id;
	bool fabric, physical_function, omitted;
	unsigned schedulable;
	uint64_t memory_bytes;
};

/** struct nova_spec - one GPU that is listed, and the alias that it is asked for by */
struct nova_spec {
	struct pci_address address;
	struct pci_id id;
	size_t alias;
};

/**
 * struct nova_plan - the answer
 * @spec:	in the order of addresses; owned
 * @alias:	of all selected GPUs, ready or not: flavors name them; owned
 * @notes:	one sentence each about what people would not expect
 */
struct nova_plan {
	struct nova_options options;
	struct nova_spec *spec;
	struct nova_alias *alias;
	size_t n_specs, n_aliases;
	struct text_list notes;
};

/**
 * nova_plan_make() - from GPUs to what Nova is told
 *
 * An alias stands for one vendor:device and one device type, so that "NAME:2" never mixes
 * models. One model gets the name asked for; several get it with their IDs behind it,
 * "NAME-10de-1c81", and cards of one model that differ in SR-IOV a "-pf" behind that. A
 * domain above ffff is never listed: Nova refuses to start over it.
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with nova_plan_free().
 */
int nova_plan_make(const struct nova_gpu *gpus, size_t n_gpus, const struct nova_options *options,
		   struct nova_plan *ret) _must_check_;
void nova_plan_free(struct nova_plan *plan);

#define _cleanup_nova_plan_ __attribute__((cleanup(nova_plan_free)))

/**
 * nova_alias_is_valid() - may this be asked for as an alias's name?
 *
 * Letters, digits, ".", "_" and "-": no configuration format, flavor syntax or shell needs
 * quotes for it. Pure.
 */
bool nova_alias_is_valid(const char *name);

/** nova_numa_policy_is_valid() - "legacy", "preferred", "required" or "socket". Pure. */
bool nova_numa_policy_is_valid(const char *policy);

/** nova_traits_are_valid() - words of letters, digits and "_", between commas; or "". Pure. */
bool nova_traits_are_valid(const char *traits);

/**
 * nova_tags_are_valid() - KEY=VALUE between commas; or "". Pure.
 *
 * Keys are of small letters and "_", values of letters, digits, ".", "_" and "-". None is a key
 * that is made of other options, or that makes the device Neutron's.
 */
bool nova_tags_are_valid(const char *tags);

/**
 * nova_options_refusal() - why Nova can't be told so
 * @options:	with a release
 *
 * Return: one sentence, or NULL. Pure.
 */
const char *nova_options_refusal(const struct nova_options *options);

/**
 * nova_options_traits() - of each provider that Nova makes, by their names in Placement
 * @list:	sorted, each once
 *
 * Return: 0 or -ENOMEM.
 */
int nova_options_traits(const struct nova_options *options, struct text_list *list) _must_check_;

/** nova_alias_type() - "type-PF" or "type-PCI" */
const char *nova_alias_type(const struct nova_alias *alias);

/** nova_resource_class() - "CUSTOM_PCI_10DE_1C81", Nova's own default for these IDs */
#define NOVA_RESOURCE_CLASS_MAX 21
const char *nova_resource_class(struct pci_id id, char buf[static NOVA_RESOURCE_CLASS_MAX]);

#endif
