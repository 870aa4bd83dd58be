/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "ctl/readiness/checks.h"
#include "helper/claim/iommu_trouble.h"

static void check_iommu_active(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	struct iommu_trouble trouble;

	if (facts->iommu.state == IOMMU_ACTIVE) {
		check_say(check, STATE_PASS, NULL, "the IOMMU (%s) is active",
			  iommu_kind_name(facts->iommu.kind));
		return;
	}
	iommu_trouble(&facts->iommu, &facts->policy->args, &trouble);
	/* What the next boot has now, it may come up with. */
	if (in->set_up && trouble.cured_by_setup)
		check_say(check, STATE_SKIP, NULL, "known only after the reboot");
	else
		check_say(check, fail_if(in->needed || in->set_up), trouble.remedy, "%s",
			  trouble.what);
}

/* What to do about it, without asking for what is not there. */
static void write_remap_remedy(const struct kernel_args *args, bool unsafe, char *buf, size_t size)
{
	char remedy[KARG_REMEDY_MAX];

	(void)snprintf(buf, size, "%s%s",
		       kernel_args_have(args, KARG_REMAP_OFF)
			       ? kernel_args_without(args, KARG_REMAP_OFF, remedy)
			       : "enable interrupt remapping or x2APIC in the firmware's setup",
		       unsafe ? ", and take allow_unsafe_interrupts out" : "");
}

static void check_interrupt_remapping(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	char remedy[REMEDY_MAX];

	write_remap_remedy(&facts->policy->args, facts->host.unsafe_interrupts, remedy,
			   sizeof(remedy));
	if (facts->iommu.state != IOMMU_ACTIVE)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (facts->interrupt_remapping)
		check_say(check, STATE_PASS, NULL, "interrupt remapping is on");
	else if (in->foreseen)
		check_say(check, STATE_WARN, remedy,
			  "interrupt remapping is off: the GPUs will be claimed, but not ready%s",
			  facts->host.unsafe_interrupts
				  ? ", though allow_unsafe_interrupts lets guests start"
				  : "");
	else if (facts->host.unsafe_interrupts)
		check_say(
			check, fail_if(in->needed), remedy,
			"interrupt remapping is off, and allow_unsafe_interrupts lets guests start all the same: a guest can send interrupts that are not its own to the host");
	else
		check_say(
			check, fail_if(in->needed), remedy,
			"interrupt remapping is off: vfio would refuse to start a guest (VFIO_SET_IOMMU, EPERM)");
}

static void check_isolation(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	const struct kernel_args *args = &facts->policy->args;
	bool required = facts->policy->settings.isolation == ISOLATION_REQUIRE;
	char remedy[KARG_REMEDY_MAX], text[REMEDY_MAX];

	if (facts->iommu.state != IOMMU_ACTIVE && !in->foreseen) {
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	} else if (kernel_args_have(args, KARG_ACS_OVERRIDE)) {
		(void)snprintf(text, sizeof(text),
			       "%s, and put the GPU into a slot whose ports isolate (ACS)",
			       kernel_args_without(args, KARG_ACS_OVERRIDE, remedy));
		check_say(
			check, required ? fail_if(in->needed || in->foreseen) : STATE_WARN, text,
			"with the kernel argument %s the IOMMU groups do not isolate: a guest may reach other devices' memory",
			args->said[KARG_ACS_OVERRIDE].text);
	} else if (kernel_args_have(args, KARG_ACS_CHANGED)) {
		check_say(
			check, STATE_WARN, kernel_args_without(args, KARG_ACS_CHANGED, remedy),
			"the kernel argument %s sets what the ports isolate, and so which devices share a group",
			args->said[KARG_ACS_CHANGED].text);
	} else {
		check_say(check, STATE_PASS, NULL,
			  "no kernel argument changes what isolates the groups");
	}
}

static const struct check_row rows[] = {
	{"iommu-active", NULL, check_iommu_active, 0},
	{"interrupt-remapping", "interrupt-remapping", check_interrupt_remapping, 0},
	/* no kernel argument makes groups that the hardware does not isolate */
	{"isolation", "isolation", check_isolation, 0},
};

const struct check_group checks_of_iommu = CHECK_GROUP(rows);
