/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The device nodes through which user space holds a PCI function. */
#ifndef GPUCLAIM_HELPER_MACHINE_NODES_H
#define GPUCLAIM_HELPER_MACHINE_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define NODES_MAX	 16
#define NODE_PATH_MAX	 48
#define NODES_UNREAD_MAX 112

/**
 * struct bound_function - a function with the driver it has
 * @driver:	its name; never NULL
 * @group:	its IOMMU group, or -1
 */
struct bound_function {
	struct pci_address address;
	uint32_t class_code;
	const char *driver;
	int group;
};

/**
 * struct node_name - a device node
 * @number:	0 where it is not known, or of several nodes
 * @pattern:	an absolute path, or a pattern of fnmatch(3): "/dev/nvidia*"
 */
struct node_name {
	dev_t number;
	char pattern[NODE_PATH_MAX];
};

/**
 * struct nodes - those of a function
 * @error:	not all could be read: the first negative errno, and of what
 */
struct nodes {
	int error;
	char unread[NODES_UNREAD_MAX];
	struct node_name node[NODES_MAX];
	size_t n;
};

/**
 * nodes_read() - the nodes that a function's driver made for it
 *
 * From sysfs: drm, accel, graphics, sound and vfio-dev folders, and the number that NVIDIA's
 * driver tells in /proc/driver/nvidia/gpus. Where a driver doesn't tell which
 * nodes are the function's, all of its kind are.
 *
 * Source: drivers/gpu/drm/drm_sysfs.c, drivers/accel/drm_accel.c,
 * sound/core/init.c, drivers/vfio/vfio_main.c ("vfio%d" in class vfio-dev);
 * NVIDIA's README, chapter "The /proc Interface" ("Device Minor"), and
 * NV_MAJOR_DEVICE_NUMBER in the source of its open kernel modules.
 */
struct nodes nodes_read(const struct root *root, const struct bound_function *function);

/**
 * nodes_have() - is that one of them? Pure.
 * @path:	as its user sees it: a container has its own /dev
 * @number:	of the character device there; 0: it is none, or is not known
 *
 * Where both numbers are known, the path does not count.
 */
bool nodes_have(const struct nodes *nodes, const char *path, dev_t number);

#endif
