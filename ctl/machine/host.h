/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the machine around the cards has and lacks. */
#ifndef GPUCLAIM_CTL_MACHINE_HOST_H
#define GPUCLAIM_CTL_MACHINE_HOST_H

#include <stdbool.h>

#include "helper/base/root.h"

enum type1_state {
	TYPE1_LOADED,
	TYPE1_LOADABLE, /* or there is no list of modules to look into */
	TYPE1_MISSING,
};

#define LACKS_MAX 128

/**
 * struct host - the machine around the cards
 * @type1:	vfio_iommu_type1, without which VFIO maps no memory
 * @hugepages:	of any size, that are reserved
 * @lockdown:	of the kernel, "none", "integrity" or "confidentiality"; "" if it can't be told
 * @next_lacks:	kernel arguments that this boot has and the next one lacks, "" for none
 * @next_source: the file that the next boot's arguments come from, "" if it can't be told
 * @next_armed:	gpuclaim=1 is new in the next boot
 */
struct host {
	enum type1_state type1;
	unsigned long hugepages;
	char lockdown[24];
	char next_lacks[LACKS_MAX], next_source[128];
	bool next_armed;
};

/** host_read() - Return: 0 or -ENOMEM; what can't be read is left unknown */
int host_read(const struct root *root, struct host *ret) _must_check_;

#endif
