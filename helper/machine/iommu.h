/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is an IOMMU translating on this machine, and if not, whose fault is it? */
#ifndef GPUCLAIM_HELPER_MACHINE_IOMMU_H
#define GPUCLAIM_HELPER_MACHINE_IOMMU_H

#include <stdbool.h>

#include "helper/base/root.h"
#include "helper/platform/acpi.h"
#include "helper/platform/platform.h"

enum iommu_kind {
	IOMMU_NONE,
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_ARM_SMMU,
	IOMMU_VIRTIO,
	IOMMU_POWER,
	IOMMU_OTHER,
};

enum iommu_state {
	IOMMU_ACTIVE,
	IOMMU_OFF_FIRMWARE, /* nothing tells of one: off in the firmware's setup, none, or not ours
			     */
	IOMMU_OFF_KERNEL,   /* the firmware tells of one, the kernel doesn't use it */
};

#define IOMMU_CLASS "sys/class/iommu"

/* Room for "sys/firmware/acpi/tables/DMAR". */
#define IOMMU_PATH_MAX 40

/**
 * struct iommu - what is known of it
 * @platform:	looked at only where none is active
 * @empty:	a table that tells of no unit is there: an enum acpi_table, or -1
 * @unread:	what would tell, and can't be read, or ""; @state is what is likely then
 */
struct iommu {
	enum iommu_state state;
	enum iommu_kind kind;
	struct platform platform;
	int empty;
	char unread[IOMMU_PATH_MAX];
};

/**
 * iommu_look() - look in /sys/class/iommu, then below the kernel and in the firmware's tables
 *
 * An IOMMU is there only after its driver has set up translation: "dmar0" for
 * Intel, "ivhd0" for AMD, "smmu3.0x…" for Arm, "virtio0" for virtio,
 * "iommu-phb0000" for POWER, where it is always on. The kernel
 * command line is never asked: it says what was wished for. A table of ACPI counts if it tells
 * of a unit, and if it can't be understood; only root can read one.
 *
 * Source: iommu_device_sysfs_add() in drivers/iommu/{intel/iommu,amd/init,
 * arm/arm-smmu-v3/arm-smmu-v3,virtio-iommu}.c; ACPI tables DMAR, IVRS, IORT, VIOT.
 *
 * Return: 0, or a negative errno: @ret->unread is there and can't be read. If that is IOMMU_CLASS,
 * @ret is IOMMU_ACTIVE, as nothing says the contrary; if it is a table, it is IOMMU_OFF_KERNEL.
 */
int iommu_look(const struct root *root, struct iommu *ret) _must_check_;

/**
 * iommu_interrupt_remapping() - are message interrupts isolated?
 *
 * On x86 the remapping drivers prefix their interrupt chips' names with "IR-"
 * (drivers/iommu/irq_remapping.c), Arm's ITS does with "ITS-" (drivers/irqchip/irq-gic-v3-its-*.c).
 * Elsewhere the interrupt controller isolates.
 *
 * Return: 0, or a negative errno: nothing says so, but something in IRQ_FOLDER can't be read.
 */
#define IRQ_FOLDER "sys/kernel/irq"
int iommu_interrupt_remapping(const struct root *root, const struct iommu *iommu,
			      bool *ret) _must_check_;

/**
 * iommu_map_module() - the module without which VFIO maps no guest's memory
 *
 * Source: VFIO_IOMMU_TYPE1 and VFIO_IOMMU_SPAPR_TCE in drivers/vfio/Kconfig: POWER has the latter,
 * and never the former.
 */
const char *iommu_map_module(const struct iommu *iommu);

/** iommu_region_name() - the table's name for memory that the firmware keeps mapped: "RMRR" */
const char *iommu_region_name(enum iommu_kind kind);

/** iommu_kind_name() - "intel", "amd", "arm-smmu", "virtio", "power", "other", "none" */
const char *iommu_kind_name(enum iommu_kind kind);

/**
 * iommu_has_direct_region() - does a group's reserved_regions tell of one that stays mapped?
 * @text:	lines "0x… 0x… TYPE"; is cut up
 *
 * Source: iommu_group_show_resv_regions(); "direct-relaxable" is no obstacle.
 */
bool iommu_has_direct_region(char *text);

#endif
