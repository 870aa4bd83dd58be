/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/checks.h"

static const char *remedy_off_kernel(enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_INTEL:
		return "boot with intel_iommu=on, and without intel_iommu=off and iommu=off";
	case IOMMU_AMD:
		return "boot without amd_iommu=off and iommu=off";
	case IOMMU_VIRTIO:
		return "put the module virtio_iommu into the initramfs, and reboot";
	default:
		return "boot without iommu=off, a kernel that has this IOMMU's driver";
	}
}

static void check_iommu_active(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	enum check_state bad = in->needed ? STATE_FAIL : STATE_WARN;
	const char *kind = iommu_kind_name(facts->iommu.kind);

	if (facts->iommu.state == IOMMU_ACTIVE)
		check_say(check, STATE_PASS, NULL, "the IOMMU (%s) is active", kind);
	else if (facts->iommu.state == IOMMU_OFF_KERNEL && in->set_up)
		check_say(check, STATE_SKIP, NULL, "it can be told after the reboot");
	else if (facts->iommu.state == IOMMU_OFF_KERNEL)
		check_say(check, bad, remedy_off_kernel(facts->iommu.kind),
			  "the IOMMU (%s) is off in the kernel: the firmware tells of it", kind);
	else if (facts->device_tree)
		check_say(check, bad, "use a machine that has one: nothing else isolates a guest",
			  "the IOMMU is absent: the device tree tells of none");
	else
		check_say(
			check, bad,
			"enable VT-d (Intel), AMD-Vi or IOMMU (AMD), or SMMU (Arm) in the firmware's setup; give a virtual machine an emulated IOMMU",
			"the IOMMU is off in the firmware, or the machine has none");
}

static void check_interrupt_remapping(const struct check_input *in, struct check *check)
{
	if (in->facts->iommu.state != IOMMU_ACTIVE)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (in->facts->interrupt_remapping)
		check_say(check, STATE_PASS, NULL, "interrupt remapping is on");
	else
		check_say(
			check, in->needed ? STATE_FAIL : STATE_WARN,
			"boot without intremap=off and nointremap, and enable interrupt remapping or x2APIC in the firmware's setup",
			"interrupt remapping is off: vfio would refuse to start a guest (VFIO_SET_IOMMU, EPERM)");
}

static const struct check_row rows[] = {
	{"iommu-active", check_iommu_active, 0},
	{"interrupt-remapping", check_interrupt_remapping, 0},
};

const struct check_group checks_of_iommu = CHECK_GROUP(rows);
