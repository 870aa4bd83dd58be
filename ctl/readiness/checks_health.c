/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/readiness/checks.h"

/* What all checks of GPUs have in common. */
static void say_well(const struct check_input *in, struct check *check, const char *all_well)
{
	if (!in->selected)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED);
	else
		check_say(check, STATE_PASS, NULL, "%s", all_well);
}

/* iommufd takes its place, for guests that ask for it. */
static void tell_iommufd(const struct check_input *in, const char *module, struct check *check)
{
	if (in->facts->access.guests_use_iommufd)
		check_say(check, STATE_PASS, NULL, "%s is not there, and guests use iommufd",
			  module);
	else
		check_say(
			check, STATE_WARN,
			"have libvirt use iommufd (<driver iommufd='yes'/> of a hostdev), or install the kernel's vfio modules",
			"%s is not there: only a guest that uses iommufd can have a GPU", module);
}

static void check_vfio_type1(const struct check_input *in, struct check *check)
{
	const char *module = iommu_map_module(&in->facts->iommu);

	switch (in->facts->host.type1) {
	case TYPE1_LOADED:
		check_say(check, STATE_PASS, NULL, "%s is there", module);
		break;
	case TYPE1_LOADABLE:
		check_say(check, STATE_PASS, NULL, "%s can be loaded", module);
		break;
	case TYPE1_MISSING:
		if (devices_backends(in->facts) & BACKEND_IOMMUFD)
			tell_iommufd(in, module, check);
		else
			check_say(
				check, in->needed ? STATE_FAIL : STATE_WARN,
				"install the kernel's vfio modules (linux-modules-extra on Ubuntu), or boot a kernel that has them",
				"the module %s is not there: no guest's memory can be mapped",
				module);
		break;
	}
}

static void check_card_answers(const struct check_input *in, struct check *check)
{
	struct devices_found dead = DEVICES_FIND(in->facts, d, d->health.dead);
	struct devices_found away = DEVICES_FIND(in->facts, d, d->health.resetting);
	struct devices_found stuck = DEVICES_FIND(in->facts, d, d->health.unwakeable);
	struct devices_found asleep = DEVICES_FIND(in->facts, d, d->health.cold);

	if (dead.n)
		devices_say(
			dead, check, STATE_FAIL,
			"look for its errors in the kernel's log (journalctl -k); switch the node off and on",
			"it does not answer: its configuration reads as ones");
	else if (away.n)
		devices_say(
			away, check, STATE_FAIL,
			"look again in some minutes; if it does not come back, the kernel's log says why (journalctl -k)",
			"it does not answer: it is being reset");
	else if (stuck.n)
		devices_say(
			stuck, check, STATE_FAIL,
			"look for its errors in the kernel's log (journalctl -k), and reboot the node",
			"it can't be woken: its power management failed (power/runtime_status says error)");
	else if (asleep.n)
		devices_say(
			asleep, check, STATE_WARN,
			"if it does not come back when a guest starts, add vfio-pci.disable_idle_d3=1 to the kernel command line, and reboot",
			"it sleeps (D3cold), and was not woken up for this");
	else
		say_well(in, check, "each GPU answers: its configuration can be read");
}

static void check_d3cold(const struct check_input *in, struct check *check)
{
	struct devices_found cut = DEVICES_FIND(in->facts, d, d->health.power_cut && !d->companion);
	const struct kernel_args *args = &in->facts->policy->args;

	/* Not in force before the module is loaded, and the last word then. */
	if (cut.n && kernel_args_have(args, KARG_NO_IDLE_D3))
		check_say(check, STATE_PASS, NULL, "%s lets no idle GPU lose its power",
			  args->said[KARG_NO_IDLE_D3].text);
	else if (cut.n)
		devices_say(
			cut, check, STATE_WARN,
			"if it does not come back when a guest starts, add vfio-pci.disable_idle_d3=1 to the kernel command line, and reboot",
			"its power is cut while no guest has it (D3cold)");
	else
		say_well(in, check, "no GPU loses its power while it is idle");
}

static void check_bars(const struct check_input *in, struct check *check)
{
	struct devices_found without = DEVICES_FIND(in->facts, d, health_lacks_bar(&d->health));
	char text[128];

	if (without.n)
		devices_say(
			without, check, STATE_FAIL,
			in->facts->host.guest
				? "give this virtual machine a larger 64-bit MMIO window, where it is defined on its host (OVMF: opt/ovmf/X-PciMmio64Mb)"
				: health_bar_remedy(&in->facts->policy->args),
			"%s", health_describe_bar(&without.first->health, text, sizeof(text)));
	else
		say_well(in, check, "each BAR has an address");
}

/* It has a reset, and one that is known not to do. */
static void say_reset_fault(struct devices_found faulty, struct check *check)
{
	const struct reset_fault *fault = faulty.first->health.reset_fault;

	if (fault->needs)
		devices_say(
			faulty, check, STATE_WARN,
			"load the module vendor-reset, then write device_specific to its reset_method (vendor-reset's udev rule does), or reboot the node between guests",
			"its reset needs vendor-reset's %s, which its reset_method does not have",
			fault->needs);
	else
		devices_say(
			faulty, check, STATE_WARN,
			"take that method out of its reset_method (a udev rule), or reboot the node between guests",
			"the reset that is tried first, %s, is known to hang it", fault->hangs);
}

/* What has no reset of its own. That VFIO resets all of its slot together is as good; it does so at
 * a guest's start and end: vfio_pci_dev_set_try_reset(), vfio_pci_core.c. */
static bool lacks_reset(const struct device_facts *d)
{
	return d->health.no_reset && !d->companion;
}

static bool is_reset_by_bus(const struct device_facts *d)
{
	return d->whole_bus && d->bus_resets;
}

/* The kernel refuses it, and so does VFIO: pci_parent_bus_reset(), pci.c. */
static bool has_others_on_bus(const struct device_facts *d)
{
	return d->health.resets == RESET_OF_BUS && !d->companion && d->others_on_bus;
}

static void check_reset(const struct check_input *in, struct check *check)
{
	struct devices_found without =
		DEVICES_FIND(in->facts, d, lacks_reset(d) && !is_reset_by_bus(d));
	struct devices_found by_bus =
		DEVICES_FIND(in->facts, d, lacks_reset(d) && is_reset_by_bus(d));
	struct devices_found beside = DEVICES_FIND(in->facts, d, has_others_on_bus(d));
	struct devices_found faulty =
		DEVICES_FIND(in->facts, d, d->health.reset_fault && !d->companion);

	if (without.n)
		devices_say(
			without, check, STATE_WARN,
			"reboot the node between guests, or try a newer kernel",
			"the kernel knows no way to reset it: a guest finds it as the last one left it");
	else if (in->selected && beside.n)
		devices_say(beside, check, STATE_WARN,
			    "reboot the node between guests, or give the GPU a slot of its own",
			    "it can be reset only with others that are on its bus");
	else if (in->selected && faulty.n)
		say_reset_fault(faulty, check);
	else if (in->selected && by_bus.n)
		devices_say(by_bus, check, STATE_PASS, NULL,
			    "it has no reset of its own: its slot is reset, with all of it");
	else
		say_well(in, check, "each GPU can be reset");
}

static void tell_narrow(struct devices_found narrow, struct check *check)
{
	char text[96];
	const char *remedy =
		health_describe_narrow(&narrow.first->health.narrow, text, sizeof(text));

	devices_say(narrow, check, STATE_WARN, remedy, "%s", text);
}

static void check_link(const struct check_input *in, struct check *check)
{
	struct devices_found slow =
		DEVICES_FIND(in->facts, d, d->health.speed > 0 && !d->companion);
	struct devices_found narrow =
		DEVICES_FIND(in->facts, d, d->health.narrow.lanes > 0 && !d->companion);

	if (narrow.n)
		tell_narrow(narrow, check);
	else if (slow.n)
		devices_say(slow, check, STATE_PASS, NULL,
			    "its link runs at %.1f of %.1f GT/s, as an idle GPU's may",
			    slow.first->health.speed, slow.first->health.speed_possible);
	else
		say_well(in, check, "no link has fewer lanes than both ends can do");
}

static void check_since_claim(const struct check_input *in, struct check *check)
{
	struct devices_found worse =
		DEVICES_FIND(in->facts, d, vitals_find_worse(&d->then, &d->now) != _VITAL_COUNT);
	const char *remedy;
	char text[128];

	if (!worse.n) {
		say_well(in, check, "no GPU is worse than when it was claimed");
		return;
	}
	remedy = health_describe_worse(&worse.first->then, &worse.first->now, text, sizeof(text));
	devices_say(worse, check, STATE_WARN, remedy, "%s", text);
}

static void check_numa(const struct check_input *in, struct check *check)
{
	struct devices_found nodeless =
		DEVICES_FIND(in->facts, d, d->health.nodeless && !d->companion);

	if (nodeless.n)
		devices_say(
			nodeless, check, STATE_WARN,
			"enable NUMA (SRAT, _PXM) in the firmware's setup, or update the firmware",
			"its NUMA node isn't known: Nova can't place a guest beside it");
	else
		say_well(in, check, "no GPU's NUMA node is in doubt");
}

/* What is there already has not helped; drivers that nomodeset keeps out show no console. */
static const char *remedy_of_framebuffer(const struct kernel_args *args)
{
	if (kernel_args_have(args, KARG_NO_MODESET))
		return "make another GPU the primary in the firmware's setup: with nomodeset no other GPU's driver takes over the console";
	if (kernel_args_have(args, KARG_NO_FRAMEBUFFER))
		return "make another GPU the primary in the firmware's setup: this kernel's framebuffer does not heed video=";
	return "make another GPU the primary in the firmware's setup";
}

static void check_framebuffer(const struct check_input *in, struct check *check)
{
	struct devices_found with = DEVICES_FIND(in->facts, d, d->framebuffer);
	char a[PCI_ADDRESS_MAX];

	if (with.n)
		check_say(
			check, STATE_WARN, remedy_of_framebuffer(&in->facts->policy->args),
			"%s: the host's boot framebuffer is in its memory (/proc/iomem): a guest may fail to map it",
			pci_address_format(&with.first->address, a));
	else if (in->selected && in->facts->hidden_memory)
		check_say(
			check, STATE_WARN, "run this as root",
			"it is not known whether the host's console is in a selected GPU: /proc/iomem shows no address");
	else
		say_well(in, check, "the host's console is in no selected GPU");
}

static const struct check_row rows[] = {
	/* VFIO can map a guest's memory */
	{"vfio-type1", NULL, check_vfio_type1, 0},
	/* its configuration space can be read */
	{"card-answers", NULL, check_card_answers, 0},
	/* its power is not cut while it is idle */
	{"d3cold", "d3cold", check_d3cold, 0},
	/* each of its BARs has an address */
	{"bars", "bars", check_bars, 0},
	/* the kernel can reset it between guests */
	{"reset", "reset-method", check_reset, 0},
	/* it has the lanes that it could have */
	{"link", NULL, check_link, 0},
	/* no less memory, fewer lanes, lower speed, more errors than at its claim */
	{"since-claim", NULL, check_since_claim, 0},
	/* its node is known, where there are several */
	{"numa", NULL, check_numa, 0},
	/* the host's console is not in its memory */
	{"framebuffer", NULL, check_framebuffer, 0},
};

const struct check_group checks_of_health = CHECK_GROUP(rows);
