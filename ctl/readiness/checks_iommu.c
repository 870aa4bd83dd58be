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
static void write_remap_remedy(const struct kernel_args *args, const struct host *host, char *buf,
			       size_t size)
{
	char text[KARG_REMEDY_MAX];
	const char *remedy = "enable interrupt remapping or x2APIC in the firmware's setup";

	if (kernel_args_have(args, KARG_REMAP_OFF))
		remedy = kernel_args_without(args, KARG_REMAP_OFF, text);
	else if (host->guest)
		remedy =
			"where this virtual machine is defined on its host, give it an IOMMU with intremap=on (intel-iommu, amd-iommu)";
	(void)snprintf(buf, size, "%s%s", remedy,
		       host->unsafe_interrupts ? ", and take allow_unsafe_interrupts out" : "");
}

static void check_interrupt_remapping(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	char remedy[REMEDY_MAX];

	write_remap_remedy(&facts->policy->args, &facts->host, remedy, sizeof(remedy));
	if (facts->iommu.state != IOMMU_ACTIVE)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (facts->interrupt_remapping)
		check_say(check, STATE_PASS, NULL, "interrupt remapping is on");
	else if (facts->remapping_error)
		check_say(check, fail_if(in->needed), unread_remedy(facts->remapping_error),
			  "whether interrupt remapping is on can't be told: /" IRQ_FOLDER
			  " can't be read: %s",
			  strerror(-facts->remapping_error));
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

/* Where it stands: on the line that boots, or in a file that is yet to be written to one. */
static void write_acs_remedy(const struct facts *facts, enum karg_effect effect, char *buf,
			     size_t size)
{
	const struct kernel_args *args = &facts->policy->args;
	const struct karg_said *said = &args->said[effect];
	char remedy[KARG_REMEDY_MAX];

	if (!facts->acs_source)
		(void)snprintf(buf, size, "%s", kernel_args_without(args, effect, remedy));
	else if (*said->word)
		(void)snprintf(buf, size, "take %s out of %s= in %.80s", said->word, said->name,
			       facts->acs_source);
	else
		(void)snprintf(buf, size, "take %.48s out of %.80s", said->text, facts->acs_source);
}

/* "with the kernel argument X", or who will have it by which file. */
static void write_acs_subject(const struct facts *facts, enum karg_effect effect, const char *with,
			      const char *given, char *buf, size_t size)
{
	const char *text = facts->policy->args.said[effect].text;

	if (facts->acs_source)
		(void)snprintf(buf, size, "%.80s gives %s the kernel argument %s%s",
			       facts->acs_source,
			       facts->acs_later ? "new kernels" : "the next boot", text, given);
	else
		(void)snprintf(buf, size, "%s %s", with, text);
}

static void tell_override(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	bool required = facts->policy->settings.isolation == ISOLATION_REQUIRE && !facts->acs_later;
	char remedy[REMEDY_MAX - 64], text[REMEDY_MAX], subject[MESSAGE_MAX - 96];

	write_acs_remedy(facts, KARG_ACS_OVERRIDE, remedy, sizeof(remedy));
	(void)snprintf(text, sizeof(text),
		       "%s, and put the GPU into a slot whose ports isolate (ACS)", remedy);
	write_acs_subject(facts, KARG_ACS_OVERRIDE, "with the kernel argument", ", with which",
			  subject, sizeof(subject));
	check_say(check, required ? fail_if(in->needed || in->foreseen) : STATE_WARN, text,
		  "%s the IOMMU groups do not isolate: a guest may reach other devices' memory",
		  subject);
}

static void tell_changed(const struct facts *facts, struct check *check)
{
	char remedy[REMEDY_MAX], subject[MESSAGE_MAX - 96];

	write_acs_remedy(facts, KARG_ACS_CHANGED, remedy, sizeof(remedy));
	write_acs_subject(facts, KARG_ACS_CHANGED, "the kernel argument", ", which", subject,
			  sizeof(subject));
	check_say(check, STATE_WARN, remedy,
		  "%s sets what the ports isolate, and so which devices share a group", subject);
}

static void check_isolation(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;

	if (facts->iommu.state != IOMMU_ACTIVE && !in->foreseen)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (kernel_args_have(&facts->policy->args, KARG_ACS_OVERRIDE))
		tell_override(in, check);
	else if (kernel_args_have(&facts->policy->args, KARG_ACS_CHANGED))
		tell_changed(facts, check);
	else
		check_say(check, STATE_PASS, NULL,
			  "no kernel argument changes what isolates the groups");
}

static const struct check_row rows[] = {
	{"iommu-active", NULL, check_iommu_active, 0},
	{"interrupt-remapping", "interrupt-remapping", check_interrupt_remapping, 0},
	/* no kernel argument makes groups that the hardware does not isolate */
	{"isolation", "isolation", check_isolation, 0},
};

const struct check_group checks_of_iommu = CHECK_GROUP(rows);
