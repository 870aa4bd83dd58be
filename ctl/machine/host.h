/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine around the GPUs has and lacks. */
#ifndef GPUCLAIM_CTL_MACHINE_HOST_H
#define GPUCLAIM_CTL_MACHINE_HOST_H

#include <stdbool.h>

#include "helper/base/root.h"
#include "helper/machine/iommu.h"

enum type1_state {
	TYPE1_LOADED,
	TYPE1_LOADABLE, /* or there is no list of modules to look into */
	TYPE1_MISSING,
};

/**
 * struct host - the machine around the GPUs
 * @type1:	vfio_iommu_type1, or what the IOMMU has in its place: iommu_map_module()
 * @unsafe_interrupts: guests start without interrupt remapping, too
 * @guest:	it is a virtual machine itself: what is wrong is mended on its host
 * @hugepages:	of any size, that are reserved
 * @lockdown:	of the kernel, "none", "integrity" or "confidentiality"; "" if it can't be told
 */
struct host {
	enum type1_state type1;
	bool unsafe_interrupts, guest;
	unsigned long hugepages;
	char lockdown[24];
};

/**
 * struct vfio_access - by what guests have devices
 * @groupless:	the kernel has no VFIO groups: a guest needs the device's own node, and iommufd
 * @iommufd:	/dev/iommu is there
 * @guests_use_iommufd: a guest of libvirt is defined so
 * @unread:	what may tell of such guests and can't be read, a folder; or NULL
 * @error:	why, a negative errno
 */
struct vfio_access {
	bool groupless, iommufd, guests_use_iommufd;
	const char *unread;
	int error;
};

/**
 * vfio_access_read() - what can't be read is taken for groups, as of old
 *
 * Source: vfio_init() in drivers/vfio/vfio_main.c makes class vfio-dev, vfio_group_init() in
 * drivers/vfio/group.c class vfio, the latter with CONFIG_VFIO_GROUP only; libvirt's
 * docs/formatdomain.rst, attribute iommufd of a hostdev's driver.
 */
void vfio_access_read(const struct root *root, struct vfio_access *ret);

/**
 * guest_uses_iommufd() - does libvirt's description of a guest say so? Pure
 *
 * In a tag of libvirt's own, that is: names and metadata are who made it free to choose.
 */
bool guest_uses_iommufd(const char *xml);

/** host_name_read() - what the node calls itself. Returns @buf, "" where it can't be told */
#define HOST_NAME_MAX_BYTES 256
const char *host_name_read(const struct root *root, char buf[static HOST_NAME_MAX_BYTES]);

/** host_read() - what can't be read is left unknown */
void host_read(const struct root *root, const struct iommu *iommu, struct host *ret);

#endif
