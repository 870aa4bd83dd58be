/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host's PCI devices as Nova's libvirt driver reports them, and what else device_spec asks. */
#ifndef GPUCLAIM_NOVA_RULES_DEVICES_H
#define GPUCLAIM_NOVA_RULES_DEVICES_H

#include "helper/base/pci.h"
#include "helper/base/root.h"
#include "helper/machine/scan.h"

/* "dev_type" in Nova's words. */
enum nova_type {
	NOVA_TYPE_PCI,
	NOVA_TYPE_PF,
	NOVA_TYPE_VF,
	_NOVA_TYPE_COUNT,
};

/** nova_type_name() - "type-PCI", "type-PF", "type-VF" */
const char *nova_type_name(enum nova_type type);

/**
 * struct nova_device - one PCI function
 * @parent:	of a VF its physical function
 * @numa_node:	or -1
 */
struct nova_device {
	struct pci_address address, parent;
	struct pci_id id;
	uint32_t class_code;
	enum nova_type type;
	int numa_node;
};

/**
 * struct nova_netdev - a network interface of a PCI device
 * @address:	what the link in sysfs ends with: an address, or "virtio0"
 * @vfs:	how many virtual functions it can have
 */
struct nova_netdev {
	char *name, *address;
	unsigned vfs;
};

struct nova_host {
	struct nova_device *device; /* sorted by address; owned */
	size_t n_devices;
	struct nova_netdev *netdev; /* owned */
	size_t n_netdevs;
};

/**
 * nova_host_read() - read sysfs
 * @machine:	its functions, read before in this run; NULL: they are listed
 *
 * Functions in domains above ffff are left out: Nova skips them (since 23; before it they
 * stopped its tracking of PCI devices). A function is type-PF where it can have virtual
 * functions, be there any or not.
 *
 * Source: _get_device_type() in nova/virt/libvirt/host.py; virPCIGetVirtualFunctions() and
 * udevProcessPCI() in libvirt; get_function_by_ifname() in nova/pci/utils.py.
 *
 * Return: 0, or a negative errno. Free with nova_host_free().
 */
int nova_host_read(const struct root *root, const struct machine *machine,
		   struct nova_host *ret) _must_check_;
void nova_host_free(struct nova_host *host);

/** nova_host_find() - the device at an address, or NULL. Pure. */
const struct nova_device *nova_host_find(const struct nova_host *host,
					 const struct pci_address *address);

#endif
