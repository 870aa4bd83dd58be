/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/iommu_trouble.h"

#include <stdarg.h>
#include <stdio.h>

static void say(struct iommu_trouble *trouble, const char *remedy, const char *format, ...)
	_printf_(3, 4);

static void say(struct iommu_trouble *trouble, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(trouble->what, sizeof(trouble->what), format, args);
	va_end(args);
	(void)snprintf(trouble->remedy, sizeof(trouble->remedy), "%s", remedy);
}

/* Where the firmware's setup has it. */
static const char *firmware_remedy(const struct iommu *iommu)
{
	switch (iommu->platform.processor) {
	case PROCESSOR_INTEL:
		return "enable VT-d in the firmware's setup";
	case PROCESSOR_AMD:
		return "enable AMD-Vi (IOMMU) in the firmware's setup";
	case PROCESSOR_ARM:
		return "enable the SMMU in the firmware's setup";
	case PROCESSOR_POWER:
	case PROCESSOR_UNKNOWN:
		break;
	}
	switch (iommu->empty) {
	case ACPI_DMAR:
		return "enable VT-d in the firmware's setup";
	case ACPI_IVRS:
		return "enable AMD-Vi (IOMMU) in the firmware's setup";
	case ACPI_IORT:
		return "enable the SMMU in the firmware's setup";
	default:
		return "enable VT-d (Intel) or AMD-Vi in the firmware's setup";
	}
}

/* The firmware tells of none, or of one that is not this kernel's. */
static void tell_none(const struct iommu *iommu, const struct kernel_args *args,
		      struct iommu_trouble *ret)
{
	char remedy[KARG_REMEDY_MAX];

	switch (iommu->platform.hypervisor) {
	case HYPERVISOR_XEN_DOM0:
		say(ret, "boot the kernel without Xen",
		    "this is a Xen dom0: Xen owns the IOMMU, and vfio cannot work");
		return;
	case HYPERVISOR_HYPERV_ROOT:
		say(ret, "boot the kernel without Hyper-V",
		    "this is Hyper-V's root partition: Hyper-V owns the IOMMU, and vfio cannot work");
		return;
	case HYPERVISOR_SERVICE_VM:
		say(ret, "boot the kernel without that hypervisor",
		    "a hypervisor below this kernel owns the IOMMU, and vfio cannot work");
		return;
	case HYPERVISOR_XEN_GUEST:
		say(ret, "use a machine that is no guest of Xen",
		    "this is a guest of Xen, and Xen gives its guests no IOMMU");
		return;
	case HYPERVISOR_HYPERV_GUEST:
		say(ret, "use a machine that is no guest of Hyper-V",
		    "this is a guest of Hyper-V, and it has no IOMMU");
		return;
	case HYPERVISOR_GUEST:
		if (iommu->platform.processor == PROCESSOR_POWER)
			break;
		say(ret,
		    iommu->platform.processor == PROCESSOR_ARM
			    ? "give it an emulated one on its host (smmuv3, virtio-iommu), or use a machine that is none"
			    : "give it an emulated one on its host (intel-iommu, virtio-iommu), or use a machine that is none",
		    "this is a virtual machine, and it has no IOMMU");
		return;
	case HYPERVISOR_NONE:
		break;
	}
	if (kernel_args_have(args, KARG_NO_ACPI))
		say(ret, kernel_args_without(args, KARG_NO_ACPI, remedy),
		    "no IOMMU: the kernel does not look at the firmware's tables");
	else if (iommu->platform.processor == PROCESSOR_POWER)
		say(ret, "boot a newer kernel that does",
		    "this is a POWER machine, whose IOMMU is always on, but this kernel does not show it in /sys/class/iommu");
	else if (iommu->platform.devicetree)
		say(ret, "use a machine that has one: nothing else isolates a guest",
		    "the machine has no IOMMU for PCI devices: its devicetree names none");
	else if (iommu->empty >= 0)
		say(ret, firmware_remedy(iommu), "no IOMMU: the firmware's table %s has no %s",
		    acpi_table_name((enum acpi_table)iommu->empty),
		    acpi_unit_name((enum acpi_table)iommu->empty));
	else
		say(ret, firmware_remedy(iommu),
		    "the IOMMU is off in the firmware, or the machine has none");
}

/* Nothing on the command line keeps it off. */
static void tell_unused(const struct iommu *iommu, const struct kernel_args *args,
			struct iommu_trouble *ret)
{
	static const char unused[] = "the machine has an IOMMU that the kernel does not use";

	switch (iommu->kind) {
	case IOMMU_INTEL:
		ret->cured_by_setup = !kernel_args_have(args, KARG_INTEL_ON);
		if (ret->cured_by_setup)
			say(ret, "boot with intel_iommu=on", unused);
		else
			say(ret,
			    "look for DMAR in the kernel's log (journalctl -k); without \"DMAR: IOMMU enabled\" there, boot a kernel with CONFIG_INTEL_IOMMU",
			    "intel_iommu=on is there and no IOMMU came up");
		break;
	case IOMMU_AMD:
		say(ret,
		    "look for AMD-Vi in the kernel's log (journalctl -k); if it isn't there, boot a kernel with CONFIG_AMD_IOMMU",
		    "the firmware has an IOMMU, no argument turns it off, and none came up");
		break;
	case IOMMU_VIRTIO:
		say(ret, "put the module virtio_iommu into the initramfs, and reboot", unused);
		break;
	default:
		say(ret,
		    iommu->platform.devicetree
			    ? "boot a kernel that has its driver, with a devicetree that does not disable it"
			    : "boot a kernel that has its driver",
		    unused);
	}
}

/* What turns this kind off; _KARG_EFFECTS: nothing. Another vendor's argument does not. */
static enum karg_effect find_off(enum iommu_kind kind, const struct kernel_args *args)
{
	if (kind == IOMMU_INTEL && kernel_args_have(args, KARG_INTEL_OFF))
		return KARG_INTEL_OFF;
	if (kind == IOMMU_AMD && kernel_args_have(args, KARG_AMD_OFF))
		return KARG_AMD_OFF;
	return kind != IOMMU_ARM_SMMU && kernel_args_have(args, KARG_IOMMU_OFF) ? KARG_IOMMU_OFF
										: _KARG_EFFECTS;
}

static void tell_off(const struct iommu *iommu, const struct kernel_args *args,
		     struct iommu_trouble *ret)
{
	enum karg_effect off = find_off(iommu->kind, args);
	bool needs_on = iommu->kind == IOMMU_INTEL && !kernel_args_have(args, KARG_INTEL_ON);
	char remedy[KARG_REMEDY_MAX], both[KARG_REMEDY_MAX + 32];

	(void)kernel_args_without(args, off, remedy);
	(void)snprintf(both, sizeof(both), "%s%s", remedy,
		       needs_on ? ", and with intel_iommu=on" : "");
	say(ret, both, "%.40s keeps the kernel from using the machine's IOMMU",
	    args->said[off].text);
}

void iommu_trouble(const struct iommu *iommu, const struct kernel_args *args,
		   struct iommu_trouble *ret)
{
	*ret = (struct iommu_trouble){0};
	if (*iommu->unread)
		say(ret, "run this as root",
		    "whether the machine has an IOMMU is not known: /%s can't be read",
		    iommu->unread);
	else if (iommu->state == IOMMU_OFF_FIRMWARE)
		tell_none(iommu, args, ret);
	else if (find_off(iommu->kind, args) != _KARG_EFFECTS)
		tell_off(iommu, args, ret);
	else
		tell_unused(iommu, args, ret);
}
