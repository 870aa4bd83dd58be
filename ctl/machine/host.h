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
 * @hugepages:	of any size, that are reserved
 * @lockdown:	of the kernel, "none", "integrity" or "confidentiality"; "" if it can't be told
 */
struct host {
	enum type1_state type1;
	bool unsafe_interrupts;
	unsigned long hugepages;
	char lockdown[24];
};

/** host_name_read() - what the node calls itself. Returns @buf, "" where it can't be told */
#define HOST_NAME_MAX_BYTES 256
const char *host_name_read(const struct root *root, char buf[static HOST_NAME_MAX_BYTES]);

/** host_read() - what can't be read is left unknown */
void host_read(const struct root *root, const struct iommu *iommu, struct host *ret);

#endif
