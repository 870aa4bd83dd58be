/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IOMMU groups of GPUs that a driver of VFIO's has, whoever bound it. */
#ifndef GPUCLAIM_CTL_VERIFY_GROUPS_H
#define GPUCLAIM_CTL_VERIFY_GROUPS_H

#include "ctl/judge/judgement.h"
#include "helper/base/root.h"

/**
 * nova_groups_read() - who stands in the way of a guest
 * @facts:	with host, driver and vfio
 * @ret:	one for each device of the host, those of others than such GPUs say nothing; to be
 * freed
 *
 * A group is viable where each member has a driver of VFIO's, pci-stub, none, or is a bridge.
 * What can't be read is in nobody's way here: status tells of it.
 *
 * Return: 0 or -ENOMEM.
 */
int nova_groups_read(const struct root *root, const struct verify_facts *facts,
		     struct nova_group **ret) _must_check_;

#endif
