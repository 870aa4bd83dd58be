/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why no IOMMU is in use, in words, and what the reader can do about it. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_IOMMU_TROUBLE_H
#define GPUCLAIM_HELPER_CLAIM_IOMMU_TROUBLE_H

#include "helper/machine/iommu.h"
#include "helper/policy/kernel_args.h"

/**
 * struct iommu_trouble - one sentence and a remedy
 * @cured_by_setup: the kernel arguments that setup adds may bring it up
 */
struct iommu_trouble {
	char what[112], remedy[KARG_REMEDY_MAX + 32];
	bool cured_by_setup;
};

/**
 * iommu_trouble() - tell why the IOMMU is not active
 * @args:	of the running kernel: a remedy never asks for what is there already
 */
void iommu_trouble(const struct iommu *iommu, const struct kernel_args *args,
		   struct iommu_trouble *ret);

#endif
