/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/claim/fault.h"
#include "helper/claim/iommu_trouble.h"
#include "helper/claim/moved.h"

void judge_set(struct outcome *o, enum verdict verdict, const char *format, ...)
{
	va_list args;

	o->verdict = verdict;
	va_start(args, format);
	(void)vsnprintf(o->why, sizeof(o->why), format, args);
	va_end(args);

	/* Log, record and dry run are made of lines; a file's name may hold anything. */
	text_make_printable(o->why);
}

static void refuse_without_iommu(const struct judgement *judgement, struct outcome *o)
{
	const struct iommu *iommu = &judgement->machine->iommu;
	struct iommu_trouble trouble;

	iommu_trouble(iommu, &judgement->policy->args, &trouble);
	judge_set(o,
		  iommu->state == IOMMU_OFF_FIRMWARE ? VERDICT_IOMMU_OFF_FIRMWARE
						     : VERDICT_IOMMU_OFF_KERNEL,
		  "%s: %s", trouble.what, trouble.remedy);
}

/* Of whom an argument keeps the IOMMU, and of some the kernel itself: quirk_iommu_igfx(),
 * intel/iommu.c.
 */
static bool is_intels_graphics(const struct function *f)
{
	return f->id.id.vendor == 0x8086 && pci_class_is_gpu(f->id.class_code) &&
	       f->id.address.bus == 0;
}

static void refuse_by_iommu(const struct judgement *judgement, const struct function *f,
			    struct outcome *o)
{
	const struct iommu *iommu = &judgement->machine->iommu;
	const struct detail *d = f->detail;
	char remedy[KARG_REMEDY_MAX];
	const struct group *group = machine_group(judgement->machine, d->group);

	if (iommu->state != IOMMU_ACTIVE)
		refuse_without_iommu(judgement, o);
	else if (d->group == UNKNOWN_GROUP)
		return; /* a fault, which is told last */
	else if (!group && is_intels_graphics(f) &&
		 kernel_args_have(&judgement->policy->args, KARG_IGFX_OFF))
		judge_set(o, VERDICT_NO_IOMMU_GROUP, "the IOMMU is not used for this device: %s",
			  kernel_args_without(&judgement->policy->args, KARG_IGFX_OFF, remedy));
	else if (!group && is_intels_graphics(f))
		judge_set(
			o, VERDICT_NO_IOMMU_GROUP,
			"the IOMMU is on, but this device is not behind it: look for \"Disabling IOMMU for graphics\" in the kernel's log (journalctl -k)");
	else if (!group)
		judge_set(o, VERDICT_NO_IOMMU_GROUP,
			  "the IOMMU is on, but this device is not behind it");
	else if (group->noiommu)
		judge_set(o, VERDICT_NO_IOMMU_GROUP,
			  "group %d is vfio's no-IOMMU mode, which isolates nothing",
			  group->number);
	else if (strcmp(group->type, "unknown") == 0)
		judge_set(o, VERDICT_NO_IOMMU_GROUP,
			  "group %d has no type: nothing translates for it", group->number);
}

static bool is_companion(const struct judgement *judgement, const struct outcome *o)
{
	return judgement->units->unit[o->unit].gpu != o->function;
}

/* Refused in this boot for what a reboot does not change: its native driver came after that. */
static bool was_refused(const struct detail *d)
{
	return d->has_record &&
	       (d->record.verdict == VERDICT_GROUP_NOT_VIABLE ||
		d->record.verdict == VERDICT_FAILED ||
		(d->record.verdict == VERDICT_IN_USE && !d->record.driver[0] && !d->record.kept));
}

static void repeat_refusal(const struct detail *d, struct outcome *o)
{
	judge_set(o, d->record.verdict, "%s", d->record.why);
	o->kept = d->record.kept;
	o->repeated = true;
	o->unread = d->record.unread;
}

/* What gpuclaim boot or gpuclaimctl claim may take, later: the GPU is kept for them. */
static void keep(const struct function *f, struct outcome *o, const char *why)
{
	judge_set(
		o, VERDICT_IN_USE,
		"bound to %.63s, and %s; the GPU waits without a driver until gpuclaim boot or gpuclaimctl claim looks again",
		f->driver, why);
	o->kept = true;
}

/* It is a companion that could be taken: does anything hang on it, or may something yet? */
static bool refuse_by_holder(const struct function *f, struct outcome *o)
{
	if (f->detail->held[0])
		judge_set(o, VERDICT_IN_USE, "bound to %.63s, and in use by %s", f->driver,
			  f->detail->held);
	else if (f->detail->unsettled[0])
		keep(f, o, f->detail->unsettled);
	return o->verdict != VERDICT_CLAIMED;
}

/* In an event's run, which unbinds nothing. */
static void refuse_by_event(const struct judgement *judgement, const struct function *f,
			    struct outcome *o)
{
	bool takeable =
		is_companion(judgement, o) && judgement->policy->settings.rebind != REBIND_NO;

	bool told =
		takeable && f->detail->has_record && f->detail->record.verdict == VERDICT_IN_USE;

	if (told && f->detail->record.kept)
		repeat_refusal(f->detail, o);
	else if (takeable && pci_class_sub(f->id.class_code) == 0x0c03)
		keep(f, o, "an event unbinds nothing");
	else if (told)
		repeat_refusal(f->detail, o);
	else
		judge_set(o, VERDICT_IN_USE,
			  "bound to %.63s, and nothing is unbound once the system is up: reboot",
			  f->driver);
}

/* pci-stub only keeps other drivers away: who bound a GPU to it wants it for guests. */
static bool is_stubbed(const struct function *f)
{
	return strcmp(f->driver, "pci-stub") == 0;
}

/* It has another driver than the wanted one: may that be taken from it? */
static void refuse_by_driver(const struct judgement *judgement, const struct function *f,
			     struct outcome *o)
{
	enum rebind_policy rebind = judgement->policy->settings.rebind;
	bool free = is_companion(judgement, o) || is_stubbed(f);

	if (judgement->mode == CLAIM_UDEV && was_refused(f->detail))
		repeat_refusal(f->detail, o);
	else if (free && rebind != REBIND_NO && refuse_by_holder(f, o))
		return;
	else if (judgement->mode == CLAIM_UDEV)
		refuse_by_event(judgement, f, o);
	else if (rebind == REBIND_NO)
		judge_set(o, VERDICT_IN_USE, "bound to %.63s, and set rebind=no keeps it so",
			  f->driver);
	else if (!free && rebind != REBIND_YES && was_refused(f->detail) &&
		 f->detail->record.verdict != VERDICT_FAILED)
		repeat_refusal(f->detail, o);
	else if (!free && rebind != REBIND_YES)
		judge_set(
			o, VERDICT_IN_USE, "bound to %.63s, which %s, or set rebind=yes", f->driver,
			f->detail->builtin
				? "is built into the kernel (modules.builtin) and had it first: boot a kernel that has it as a module"
				: "had it before gpuclaim ran: find out what loads that so early");
	else if (f->detail->held[0])
		judge_set(o, VERDICT_IN_USE, "bound to %.63s, and in use by %s", f->driver,
			  f->detail->held);
}

bool judge_stands(const struct function *f)
{
	const struct detail *d = f->detail;

	return f->driver && d->has_record && d->record.verdict == VERDICT_CLAIMED &&
	       strcmp(f->driver, d->record.driver) == 0;
}

/* Does the function already belong to the driver that it is to have? */
static bool settle_bound(const struct function *f, struct outcome *o)
{
	const struct detail *d = f->detail;

	if (!f->driver)
		return false;
	if (judge_stands(f))
		judge_set(o, VERDICT_CLAIMED, "driver %.63s", f->driver);
	else if (strcmp(f->driver, d->wanted) != 0)
		return false;
	else if (d->has_record && d->record.verdict == VERDICT_DRIVER_MISSING)
		judge_set(o, VERDICT_CLAIMED, "driver %s", d->wanted);
	else
		judge_set(o, VERDICT_ALREADY_CLAIMED, "%s had it before gpuclaim ran", d->wanted);
	return true;
}

static void refuse_as_console(const struct machine *machine, const struct function *f,
			      struct outcome *o)
{
	char a[PCI_ADDRESS_MAX];

	if (machine_has_console_elsewhere(machine, f))
		judge_set(
			o, VERDICT_BOOT_VGA,
			"the kernel calls it the boot VGA, but the boot framebuffer lies in %s, so the console is not on it: set boot-vga=allow",
			pci_address_format(&machine->framebuffer.owner, a));
	else
		judge_set(o, VERDICT_BOOT_VGA,
			  "%s: set boot-vga=allow, or make another GPU the primary",
			  f->detail->boot_vga ? "the console's GPU"
					      : "the boot framebuffer lies in its memory");
}

void judge_function(const struct judgement *judgement, struct outcome *o)
{
	const struct function *f = &judgement->machine->function[o->function];
	const struct detail *d = f->detail;
	const struct group *group = machine_group(judgement->machine, d->group);

	refuse_by_iommu(judgement, f, o);
	if (o->verdict != VERDICT_CLAIMED)
		return;
	if (settle_bound(f, o))
		o->act = false;
	else if (d->vfs)
		judge_set(o, VERDICT_PF_WITH_VFS,
			  "%u virtual functions are enabled: write 0 to its sriov_numvfs", d->vfs);
	else if ((d->boot_vga || d->framebuffer) &&
		 judgement->policy->settings.boot_vga == BOOT_VGA_REFUSE)
		refuse_as_console(judgement->machine, f, o);
	else if (group && group->direct)
		judge_set(
			o, VERDICT_RESERVED_REGION,
			"the firmware keeps a memory region of group %d mapped (%s): vfio would refuse",
			group->number, iommu_region_name(judgement->machine->iommu.kind));
	else if (f->driver)
		refuse_by_driver(judgement, f, o);
}

const char *judge_switch_off_reason(enum switch_off off)
{
	switch (off) {
	case SWITCHED_OFF_KARG:
		return "gpuclaim=0 on the kernel command line";
	case SWITCHED_OFF_INITRAMFS:
		return "rd.gpuclaim=0 on the kernel command line: left to the real root";
	case SWITCHED_OFF_RESCUE:
		return "the boot entry is a rescue entry (BOOT_IMAGE=)";
	case SWITCHED_OFF_CRASH_KERNEL:
		return "this is a crash kernel (/proc/vmcore)";
	case SWITCHED_ON:
		break;
	}
	return "";
}

void judge_mismatch(const struct judgement *judgement, const struct rule *rule, struct outcome *o)
{
	const struct function_id *id = &judgement->machine->function[o->function].id;
	char place[RULE_PLACE_MAX], moved[MOVED_TEXT_MAX];

	judge_set(o, VERDICT_IDENTITY_MISMATCH,
		  "is %04x:%04x (subsystem %04x:%04x, class %06x), not what %.80s says%s",
		  id->id.vendor, id->id.device, id->subsystem.vendor, id->subsystem.device,
		  id->class_code, rule_place(rule, place),
		  moved_format(judgement->machine, judgement->policy, rule, moved));
}

void judge_unread(const struct judgement *judgement, struct outcome *o)
{
	char text[FAULT_TEXT_MAX];

	judge_set(o, VERDICT_FAILED, "%s",
		  fault_format(fault_of_function(judgement->machine, o->function), text));
	o->unread = true;
}

const struct rule *judge_naming_rule(const struct rule *rules, size_t n, enum rule_kind kind,
				     const struct function_id *id)
{
	for (size_t k = 0; k < n; k++) {
		const struct rule *rule = &rules[k];
		bool at = kind == RULE_CLAIM && rule_is_at(rule, &id->address);
		bool exact = kind == RULE_SKIP || (rule->has_id && !rule->any_device);

		if (rule->kind == kind && (at || (exact && rule_matches(rule, id))))
			return rule;
	}
	return NULL;
}
