/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's hot reset: all functions of a slot together, where they have no reset of their own. */
#ifndef GPUCLAIM_CTL_GIVEBACK_HOT_RESET_H
#define GPUCLAIM_CTL_GIVEBACK_HOT_RESET_H

#include <stddef.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"

/**
 * struct hot_reset - what is to be reset, and nothing else
 * @group:	the IOMMU group of each
 */
struct hot_reset {
	const struct pci_address *function;
	const int *group;
	size_t n;
};

/**
 * hot_reset() - reset the slot of a GPU that nobody has
 * @context:	a struct hot_reset
 *
 * It has all of their groups while it does so, and nobody else can: the kernel gives one to a
 * single user. It lasts as long as the kernel takes, for ever perhaps: see work_bounded().
 *
 * Source: VFIO_DEVICE_GET_PCI_HOT_RESET_INFO and VFIO_DEVICE_PCI_HOT_RESET in
 * include/uapi/linux/vfio.h; vfio_pci_dev_set_hot_reset() in drivers/vfio/pci/vfio_pci_core.c,
 * which refuses where one that it would hit is not of the groups that it was given.
 *
 * Return: 0; -EBUSY: somebody has a group of theirs; -EXDEV: the kernel would not reset just
 * them, and nothing was done; or another negative errno.
 */
int hot_reset(const struct root *root, const void *context);

#endif
