/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an IOMMU translating on this machine, and if not, whose fault is it? */
#ifndef GPUCLAIM_HELPER_MACHINE_IOMMU_H
#define GPUCLAIM_HELPER_MACHINE_IOMMU_H

#include <stdbool.h>

#include "helper/base/root.h"

enum iommu_kind {
	IOMMU_NONE,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_ARM_SMMU,
	IOMMU_VIRTIO,
	IOMMU_OTHER,
};

enum iommu_state {
	IOMMU_ACTIVE,
	IOMMU_OFF_FIRMWARE, /* no table tells of one: off in the firmware's setup, or none */
	IOMMU_OFF_KERNEL,   /* the firmware tells of one, the kernel doesn't use it */
};

#define IOMMU_CLASS "sys/class/iommu"

struct iommu {
	enum iommu_state state;
	enum iommu_kind kind;
};

/**
 * iommu_read() - look in /sys/class/iommu, then in the firmware's tables
 *
 * An IOMMU is there only after its driver has set up translation: "dmar0" for
 * Intel, "ivhd0" for AMD, "smmu3.0x…" for Arm, "virtio0" for virtio. The kernel
 * command line is never asked: it says what was wished for.
 *
 * Source: iommu_device_sysfs_add() in drivers/iommu/{intel/iommu,amd/init,
 * arm/arm-smmu-v3/arm-smmu-v3,virtio-iommu}.c; ACPI tables DMAR, IVRS, IORT, VIOT.
 */
struct iommu iommu_read(const struct root *root);

/**
 * iommu_look() - iommu_read() that tells of a failure
 *
 * Return: 0, or a negative errno: IOMMU_CLASS is there and can't be read, and @ret is
 * IOMMU_ACTIVE, as nothing says the contrary.
 */
int iommu_look(const struct root *root, struct iommu *ret) _must_check_;

/**
 * iommu_interrupt_remapping() - are message interrupts isolated?
 *
 * On x86 the remapping drivers prefix their interrupt chips' names with "IR-"
 * (drivers/iommu/irq_remapping.c). Elsewhere the interrupt controller isolates.
 */
bool iommu_interrupt_remapping(const struct root *root, const struct iommu *iommu);

/** iommu_kind_name() - "intel", "amd", "arm-smmu", "virtio", "none" */
const char *iommu_kind_name(enum iommu_kind kind);

#endif
