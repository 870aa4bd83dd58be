/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This node's GPUs as Nova is to see them, before they are written in any format. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_PLAN_H
#define GPUCLAIM_NOVA_TELL_PLAN_H

#include <stdint.h>

#include "helper/base/pci.h"
#include "nova/tell/options.h"

/* With what is put behind it: "-10de-1c81-pf". */
#define NOVA_ALIAS_NAME_MAX (NOVA_ALIAS_MAX + 13)

/**
 * struct nova_gpu - one GPU that the configuration selects
 * @fabric:	an NVSwitch: a unit of its own that never gets a GPU's alias
 * @sriov:	it has the SR-IOV capability, whether or not there are virtual functions
 * @homeless:	it has no NUMA node
 * @ready:	Nova may hand it out
 * @shares:	it would be ready, or an NVSwitch is, but @sharing, of the same IOMMU group, is
 * listed for both
 * @why:	the first reason that it is not ready for, "" for none; the caller's
 * @memory_bytes: the sum of its memory BARs
 * @audio:	its audio function, with @has_audio: bound as the GPU is
 */
struct nova_gpu {
	struct pci_address address, sharing, audio;
	struct pci_id id;
	bool fabric, sriov, homeless, ready, shares, has_audio;
	const char *why;
	uint64_t memory_bytes;
};

/**
 * struct nova_alias - one model, by the device type that Nova will see
 * @physical_function: "type-PF", else "type-PCI". libvirt calls a function PF if it has the
 *		capability, also with no virtual function (virPCIGetVirtualFunctions(),
 *		nova.virt.libvirt.host._get_pcidev_info())
 * @schedulable: how many GPUs of it are listed
 * @usable:	how many can be, with --shared-groups
 * @memory_bytes: the BARs of all of these
 * @elsewhere:	the other file of Nova's that has it already, so that it is not written again;
 * owned; NULL: none
 * @omitted:	it is not written, for another file has something else under its name
 */
struct nova_alias {
	char name[NOVA_ALIAS_NAME_MAX], *elsewhere;
	struct pci_id id;
	bool fabric, physical_function, omitted;
	unsigned schedulable, usable;
	uint64_t memory_bytes;
};

/**
 * struct nova_spec - one GPU that is listed, and the alias that it is asked for by
 * @audio:	see struct nova_gpu; not listed: Nova ties no two functions to one GPU
 */
struct nova_spec {
	struct pci_address address, audio;
	struct pci_id id;
	size_t alias;
	bool has_audio;
};

/**
 * struct nova_plan - the answer
 * @spec:	in the order of addresses; owned
 * @alias:	of all selected GPUs, ready or not: flavors name them; owned
 * @guessed:	no Nova is installed, and the release is the newest; who knows sets it
 * @notes:	one sentence each about what people would not expect
 */
struct nova_plan {
	struct nova_options options;
	bool guessed;
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
 * "NAME-10de-1c81", and GPUs of one model that differ in SR-IOV a "-pf" behind that. A
 * domain above ffff is never listed: Nova refuses to start over it.
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with nova_plan_free().
 */
int nova_plan_make(const struct nova_gpu *gpus, size_t n_gpus, const struct nova_options *options,
		   struct nova_plan *ret) _must_check_;
void nova_plan_free(struct nova_plan *plan);

/** nova_alias_type() - "type-PF" or "type-PCI" */
const char *nova_alias_type(const struct nova_alias *alias);

/**
 * nova_fabric_request() - "h100:8,nvswitch-10de-22a3:4": what a flavor with all NVSwitches and the
 * GPUs between them asks for
 *
 * Return: whether there are NVSwitches that can be handed out.
 */
#define NOVA_REQUEST_MAX (8 * (NOVA_ALIAS_NAME_MAX + 12))
bool nova_fabric_request(const struct nova_plan *plan, char buf[static NOVA_REQUEST_MAX]);

/** nova_resource_class() - "CUSTOM_PCI_10DE_1C81", Nova's own default for these IDs */
#define NOVA_RESOURCE_CLASS_MAX 21
const char *nova_resource_class(struct pci_id id, char buf[static NOVA_RESOURCE_CLASS_MAX]);

#endif
