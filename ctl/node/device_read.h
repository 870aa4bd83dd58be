/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of one device after the other: its files below /dev/vfio (looked at, never opened),
 * who else is in its group, and whether its driver's module is there still. */
#ifndef GPUCLAIM_CTL_NODE_DEVICE_READ_H
#define GPUCLAIM_CTL_NODE_DEVICE_READ_H

#include "ctl/readiness/facts.h"
#include "helper/machine/scan.h"

/** device_read_cdev() - @d->cdev, for guests that use iommufd */
void device_read_cdev(const struct root *root, struct device_facts *d);

/** device_read_group() - the IOMMU group of @device[i], after those before it, and whether
 * /dev/vfio/GROUP is there */
void device_read_group(const struct root *root, struct device_facts *device, size_t i);

/** device_count_on_bus() - how many functions there are on the bus of this one */
size_t device_count_on_bus(const struct machine *machine, const struct pci_address *address);

/** device_read_bus() - @gpu->whole_bus, others_on_bus and bus_resets; all of @device was read
 * before */
void device_read_bus(const struct machine *machine, const struct device_facts *device, size_t n,
		     struct device_facts *gpu);

/** device_read_blocker() - @d->blocked and by whom: the member of @f's group that vfio does not
 * bear */
void device_read_blocker(const struct machine *machine, const struct function *f,
			 struct device_facts *d);

/** device_read_gone_modules() - where an update removed the running kernel's modules, @d lacks its
 * driver, whatever was decided */
void device_read_gone_modules(const struct root *root, struct device_facts *d);

#endif
