/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/iommu_trouble.h"

#include "tests/unit/test.h"

/* clang-format off */
#define NONE(...) {.state = IOMMU_OFF_FIRMWARE, .empty = -1, .platform = {__VA_ARGS__}}
#define OFF(which) {.state = IOMMU_OFF_KERNEL, .empty = -1, .kind = (which)}
/* clang-format on */

static const struct {
	const char *name;
	struct iommu iommu;
	const char *line, *said;
	bool cured;
} rows[] = {
	{"unknown", NONE(.devicetree = false), "",
	 "the IOMMU is off in the firmware, or the machine has none: enable VT-d (Intel) or AMD-Vi in the firmware's setup",
	 false},
	{"an Intel machine", NONE(.processor = PROCESSOR_INTEL), "",
	 "the IOMMU is off in the firmware, or the machine has none: enable VT-d in the firmware's setup",
	 false},
	{"an Arm machine", NONE(.processor = PROCESSOR_ARM), "intel_iommu=on",
	 "the IOMMU is off in the firmware, or the machine has none: enable the SMMU in the firmware's setup",
	 false},
	{"a devicetree", NONE(.processor = PROCESSOR_ARM, .devicetree = true), "",
	 "the machine has no IOMMU for PCI devices: its devicetree names none: use a machine that has one: nothing else isolates a guest",
	 false},
	{"a POWER machine", NONE(.processor = PROCESSOR_POWER, .devicetree = true), "",
	 "this is a POWER machine, whose IOMMU is always on, but this kernel does not show it in /sys/class/iommu: boot a newer kernel that does",
	 false},
	{"a partition of a POWER machine",
	 NONE(.processor = PROCESSOR_POWER, .hypervisor = HYPERVISOR_GUEST, .devicetree = true), "",
	 "this is a POWER machine, whose IOMMU is always on, but this kernel does not show it in /sys/class/iommu: boot a newer kernel that does",
	 false},
	{"a guest on Arm", NONE(.processor = PROCESSOR_ARM, .hypervisor = HYPERVISOR_GUEST), "",
	 "this is a virtual machine, and it has no IOMMU: give it an emulated one on its host (smmuv3, virtio-iommu), or use a machine that is none",
	 false},
	{"an empty table",
	 {.state = IOMMU_OFF_FIRMWARE, .empty = ACPI_IORT},
	 "",
	 "no IOMMU: the firmware's table IORT has no SMMU: enable the SMMU in the firmware's setup",
	 false},
	{"Intel's empty table",
	 {.state = IOMMU_OFF_FIRMWARE, .empty = ACPI_DMAR},
	 "",
	 "no IOMMU: the firmware's table DMAR has no VT-d unit (DRHD): enable VT-d in the firmware's setup",
	 false},
	{"AMD's empty table",
	 {.state = IOMMU_OFF_FIRMWARE, .empty = ACPI_IVRS},
	 "",
	 "no IOMMU: the firmware's table IVRS has no IOMMU (IVHD): enable AMD-Vi (IOMMU) in the firmware's setup",
	 false},
	{"an AMD machine", NONE(.processor = PROCESSOR_AMD), "",
	 "the IOMMU is off in the firmware, or the machine has none: enable AMD-Vi (IOMMU) in the firmware's setup",
	 false},
	{"Hyper-V", NONE(.hypervisor = HYPERVISOR_HYPERV_ROOT), "",
	 "this is Hyper-V's root partition: Hyper-V owns the IOMMU, and vfio cannot work: boot the kernel without Hyper-V",
	 false},
	{"another hypervisor", NONE(.hypervisor = HYPERVISOR_SERVICE_VM), "",
	 "a hypervisor below this kernel owns the IOMMU, and vfio cannot work: boot the kernel without that hypervisor",
	 false},
	{"no table is looked at", NONE(.devicetree = false), "acpi=off",
	 "no IOMMU: the kernel does not look at the firmware's tables: boot without acpi=off",
	 false},
	{"Xen", NONE(.hypervisor = HYPERVISOR_XEN_DOM0), "intel_iommu=on",
	 "this is a Xen dom0: Xen owns the IOMMU, and vfio cannot work: boot the kernel without Xen",
	 false},
	{"a guest of Xen", NONE(.hypervisor = HYPERVISOR_XEN_GUEST), "",
	 "this is a guest of Xen, and Xen gives its guests no IOMMU: use a machine that is no guest of Xen",
	 false},
	{"a guest of Hyper-V", NONE(.hypervisor = HYPERVISOR_HYPERV_GUEST), "",
	 "this is a guest of Hyper-V, and it has no IOMMU: use a machine that is no guest of Hyper-V",
	 false},
	{"a guest", NONE(.hypervisor = HYPERVISOR_GUEST), "",
	 "this is a virtual machine, and it has no IOMMU: give it an emulated one on its host (intel-iommu, virtio-iommu), or use a machine that is none",
	 false},
	{"Intel's", OFF(IOMMU_INTEL), "ro",
	 "the machine has an IOMMU that the kernel does not use: boot with intel_iommu=on", true},
	{"Intel's, on", OFF(IOMMU_INTEL), "intel_iommu=on,sm_on",
	 "intel_iommu=on is there and no IOMMU came up: look for DMAR in the kernel's log (journalctl -k); without \"DMAR: IOMMU enabled\" there, boot a kernel with CONFIG_INTEL_IOMMU",
	 false},
	{"Intel's, off", OFF(IOMMU_INTEL), "intel_iommu=off",
	 "intel_iommu=off keeps the kernel from using the machine's IOMMU: boot without intel_iommu=off, and with intel_iommu=on",
	 false},
	{"Intel's, on, and all off", OFF(IOMMU_INTEL), "intel_iommu=on iommu=off",
	 "iommu=off keeps the kernel from using the machine's IOMMU: boot without iommu=off",
	 false},
	{"AMD's, off", OFF(IOMMU_AMD), "amd_iommu=off",
	 "amd_iommu=off keeps the kernel from using the machine's IOMMU: boot without amd_iommu=off",
	 false},
	{"Intel's, and AMD's off", OFF(IOMMU_INTEL), "amd_iommu=off",
	 "the machine has an IOMMU that the kernel does not use: boot with intel_iommu=on", true},
	{"AMD's, and Intel's off", OFF(IOMMU_AMD), "intel_iommu=off",
	 "the firmware has an IOMMU, no argument turns it off, and none came up: look for AMD-Vi in the kernel's log (journalctl -k); if it isn't there, boot a kernel with CONFIG_AMD_IOMMU",
	 false},
	{"AMD's, and nothing against it", OFF(IOMMU_AMD), "intel_iommu=on",
	 "the firmware has an IOMMU, no argument turns it off, and none came up: look for AMD-Vi in the kernel's log (journalctl -k); if it isn't there, boot a kernel with CONFIG_AMD_IOMMU",
	 false},
	{"a devicetree's",
	 {.state = IOMMU_OFF_KERNEL, .kind = IOMMU_OTHER, .empty = -1, .platform.devicetree = true},
	 "",
	 "the machine has an IOMMU that the kernel does not use: boot a kernel that has its driver, with a devicetree that does not disable it",
	 false},
	{"Arm's", OFF(IOMMU_ARM_SMMU), "",
	 "the machine has an IOMMU that the kernel does not use: boot a kernel that has its driver",
	 false},
	{"not told to others than root",
	 {.state = IOMMU_OFF_KERNEL, .kind = IOMMU_INTEL, .unread = ACPI_TABLES "/DMAR"},
	 "",
	 "whether the machine has an IOMMU is not known: /" ACPI_TABLES
	 "/DMAR can't be read: run this as root",
	 false},
};

TESTS(iommu_trouble)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel_args args;
		struct iommu_trouble trouble;
		char said[300];

		(void)test_int(rows[i].name, kernel_args_read(rows[i].line, &args), 0);
		iommu_trouble(&rows[i].iommu, &args, &trouble);
		(void)snprintf(said, sizeof(said), "%s: %s", trouble.what, trouble.remedy);
		(void)test_text(rows[i].name, said, rows[i].said);
		(void)test_int(rows[i].name, trouble.cured_by_setup, rows[i].cured);
	}
	return test_done();
}
