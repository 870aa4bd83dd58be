/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this kernel runs on: whose processor, what kind of firmware, below which hypervisor. */
#ifndef GPUCLAIM_HELPER_PLATFORM_PLATFORM_H
#define GPUCLAIM_HELPER_PLATFORM_PLATFORM_H

#include <stdbool.h>

#include "helper/base/root.h"

enum processor {
	PROCESSOR_UNKNOWN,
	PROCESSOR_INTEL,
	PROCESSOR_AMD, /* and Hygon's, which are alike */
	PROCESSOR_ARM,
	PROCESSOR_POWER,
};

enum hypervisor {
	HYPERVISOR_NONE,	 /* or none that can be seen */
	HYPERVISOR_XEN_DOM0,	 /* the hypervisor has the IOMMU, this kernel the devices */
	HYPERVISOR_HYPERV_ROOT,	 /* likewise */
	HYPERVISOR_SERVICE_VM,	 /* likewise: ACRN, Jailhouse */
	HYPERVISOR_XEN_GUEST,	 /* a domU, to which Xen gives no IOMMU */
	HYPERVISOR_HYPERV_GUEST, /* likewise of Hyper-V, and of Azure */
	HYPERVISOR_GUEST,	 /* this is a virtual machine like any other */
};

/**
 * struct platform - what this kernel runs on
 * @devicetree:	a devicetree describes the machine, not ACPI
 * @iommu_map:	in it a PCI host bridge has an IOMMU
 */
struct platform {
	enum processor processor;
	enum hypervisor hypervisor;
	bool devicetree, iommu_map;
};

/** platform_is_guest() - is this a virtual machine? A dom0, and what is like it, is none */
bool platform_is_guest(const struct root *root);

/**
 * platform_read() - look at it; what can't be read is unknown
 *
 * An Arm machine with ACPI has a devicetree, too, of what its boot loader says.
 *
 * Source: Documentation/ABI/stable/sysfs-hypervisor-xen, drivers/xen/xenfs/super.c
 * ("control_d" in /proc/xen/capabilities), drivers/hv/mshv_root_main.c and
 * drivers/virt/acrn/hsm.c (misc devices), show_cpuinfo() in arch/x86/kernel/cpu/proc.c (the
 * flag "hypervisor" is CPUID's), arch/arm64/kernel/cpuinfo.c ("CPU implementer") and
 * arch/powerpc/kernel/setup-common.c ("cpu : POWER9, …");
 * Documentation/devicetree/bindings/pci/pci-iommu.txt (iommu-map).
 */
struct platform platform_read(const struct root *root);

/** platform_has_devicetree() - only that */
bool platform_has_devicetree(const struct root *root);

/** platform_is_arm() - by /proc/cpuinfo */
bool platform_is_arm(const struct root *root);

/** platform_owns_iommu() - is it for the hypervisor alone to use the machine's IOMMU? */
static inline bool platform_owns_iommu(const struct platform *platform)
{
	return platform->hypervisor == HYPERVISOR_XEN_DOM0 ||
	       platform->hypervisor == HYPERVISOR_HYPERV_ROOT ||
	       platform->hypervisor == HYPERVISOR_SERVICE_VM;
}

#endif
