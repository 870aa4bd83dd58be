/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ctl/readiness/checks.h"

/* What all checks of GPUs have in common; returns the first that is reported. */
static const struct device_facts *find_gpu(const struct check_input *in, struct check *check,
					   bool (*holds)(const struct device_facts *),
					   const char *all_well, size_t *ret_n)
{
	const struct device_facts *d = devices_find(in->facts, holds, ret_n);

	if (!in->selected)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED);
	else if (!d)
		check_say(check, STATE_PASS, NULL, "%s", all_well);
	return d;
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
				"install the kernel's vfio modules (linux-modules-extra on Ubuntu)",
				"the module %s is not there: no guest's memory can be mapped",
				module);
		break;
	}
}

static bool is_dead(const struct device_facts *d)
{
	return d->health.dead;
}

static bool is_resetting(const struct device_facts *d)
{
	return d->health.resetting;
}

static bool is_unwakeable(const struct device_facts *d)
{
	return d->health.unwakeable;
}

static bool is_cold(const struct device_facts *d)
{
	return d->health.cold;
}

static void check_card_answers(const struct check_input *in, struct check *check)
{
	size_t dead, resetting, failed, cold;
	const struct device_facts *asleep = devices_find(in->facts, is_cold, &cold);
	const struct device_facts *away = devices_find(in->facts, is_resetting, &resetting);
	const struct device_facts *stuck = devices_find(in->facts, is_unwakeable, &failed);
	const struct device_facts *d = find_gpu(
		in, check, is_dead, "each GPU answers: its configuration can be read", &dead);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (d)
		check_say(
			check, STATE_FAIL,
			"look for its errors in the kernel's log (journalctl -k); switch the machine off and on",
			"%s: it does not answer: its configuration reads as ones%s",
			pci_address_format(&d->address, a), check_more(dead, more));
	else if (away)
		check_say(
			check, STATE_FAIL,
			"ask again: if it never comes back, the kernel says so in its log within some minutes",
			"%s: it does not answer: it is being reset%s",
			pci_address_format(&away->address, a), check_more(resetting, more));
	else if (stuck)
		check_say(
			check, STATE_FAIL,
			"look for its errors in the kernel's log (journalctl -k), and reboot the node",
			"%s: it can't be woken: its power management failed (power/runtime_status says error)%s",
			pci_address_format(&stuck->address, a), check_more(failed, more));
	else if (asleep)
		check_say(check, STATE_WARN,
			  "if it does not wake for a guest, write 0 to its d3cold_allowed",
			  "%s: it sleeps (D3cold), and was not woken up for this%s",
			  pci_address_format(&asleep->address, a), check_more(cold, more));
}

static bool has_power_cut(const struct device_facts *d)
{
	return d->health.power_cut && !d->companion;
}

static void check_d3cold(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d =
		find_gpu(in, check, has_power_cut, "no GPU loses its power while it is idle", &n);
	const struct kernel_args *args = &in->facts->policy->args;
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	/* Not in force before the module is loaded, and the last word then. */
	if (d && kernel_args_have(args, KARG_NO_IDLE_D3))
		check_say(check, STATE_PASS, NULL, "%s lets no idle GPU lose its power",
			  args->said[KARG_NO_IDLE_D3].text);
	else if (d)
		check_say(
			check, STATE_WARN,
			"if it does not come back when a guest starts: \"options vfio-pci disable_idle_d3=1\" in /etc/modprobe.d",
			"%s: its power is cut while no guest has it (D3cold)%s",
			pci_address_format(&d->address, a), check_more(n, more));
}

static bool lacks_bar(const struct device_facts *d)
{
	return health_lacks_bar(&d->health);
}

static void check_bars(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d =
		find_gpu(in, check, lacks_bar, "each BAR has an address", &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX], text[128];

	if (d)
		check_say(check, STATE_FAIL, health_bar_remedy(&in->facts->policy->args),
			  "%s: %s%s", pci_address_format(&d->address, a),
			  health_describe_bar(&d->health, text, sizeof(text)), check_more(n, more));
}

static bool has_no_reset(const struct device_facts *d)
{
	return d->health.no_reset && !d->companion && !(d->whole_bus && d->bus_resets);
}

/* VFIO does so at a guest's start and end: vfio_pci_dev_set_try_reset(), vfio_pci_core.c. */
static bool is_reset_by_bus(const struct device_facts *d)
{
	return d->health.no_reset && !d->companion && d->whole_bus && d->bus_resets;
}

/* The kernel refuses it, and so does VFIO: pci_parent_bus_reset(), pci.c. */
static bool has_others_on_bus(const struct device_facts *d)
{
	return d->health.resets == RESET_OF_BUS && !d->companion && !d->whole_bus;
}

static bool has_reset_fault(const struct device_facts *d)
{
	return d->health.reset_fault && !d->companion;
}

/* It has a reset, and one that is known not to do. */
static void tell_reset_fault(const struct device_facts *d, size_t n, struct check *check)
{
	const struct reset_fault *fault = d->health.reset_fault;
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	pci_address_format(&d->address, a);
	if (fault->needs)
		check_say(
			check, STATE_WARN,
			"load the module vendor-reset, then write device_specific to its reset_method (vendor-reset's udev rule does), or reboot the node between guests",
			"%s: its reset needs vendor-reset's %s, which its reset_method does not have%s",
			a, fault->needs, check_more(n, more));
	else
		check_say(
			check, STATE_WARN,
			"take that method out of its reset_method (a udev rule), or reboot the node between guests",
			"%s: the reset that is tried first, %s, is known to hang it%s", a,
			fault->hangs, check_more(n, more));
}

/* That VFIO resets all of it together is as good. */
static void tell_by_bus(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d = devices_find(in->facts, is_reset_by_bus, &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (d)
		check_say(check, STATE_PASS, NULL,
			  "%s: it has no reset of its own: its slot is reset, with all of it%s",
			  pci_address_format(&d->address, a), check_more(n, more));
}

static void check_reset(const struct check_input *in, struct check *check)
{
	size_t n, n_faults, n_beside;
	const struct device_facts *faulty = devices_find(in->facts, has_reset_fault, &n_faults);
	const struct device_facts *beside = devices_find(in->facts, has_others_on_bus, &n_beside);
	const struct device_facts *d =
		find_gpu(in, check, has_no_reset, "each GPU can be reset", &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (d)
		check_say(
			check, STATE_WARN,
			"reboot the node between guests, or see whether a newer kernel knows how",
			"%s: the kernel knows no way to reset it: a guest finds it as the last one left it%s",
			pci_address_format(&d->address, a), check_more(n, more));
	else if (in->selected && beside)
		check_say(check, STATE_WARN,
			  "reboot the node between guests, or give the GPU a slot of its own",
			  "%s: it can be reset only with others that are on its bus%s",
			  pci_address_format(&beside->address, a), check_more(n_beside, more));
	else if (in->selected && faulty)
		tell_reset_fault(faulty, n_faults, check);
	else if (in->selected)
		tell_by_bus(in, check);
}

static bool is_narrow(const struct device_facts *d)
{
	return d->health.lanes > 0 && !d->companion;
}

static bool is_slow(const struct device_facts *d)
{
	return d->health.speed > 0 && !d->companion;
}

static void check_link(const struct check_input *in, struct check *check)
{
	size_t n, n_slow;
	const struct device_facts *slow = devices_find(in->facts, is_slow, &n_slow);
	const struct device_facts *d =
		find_gpu(in, check, is_narrow, "no link has fewer lanes than both ends can do", &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (d)
		check_say(check, STATE_WARN, "look at the GPU's seat, its riser and the slot",
			  "%s: its link has %u of %u lanes%s", pci_address_format(&d->address, a),
			  d->health.lanes, d->health.lanes_possible, check_more(n, more));
	else if (slow)
		check_say(check, STATE_PASS, NULL,
			  "%s: its link runs at %.1f of %.1f GT/s, as an idle GPU's may%s",
			  pci_address_format(&slow->address, a), slow->health.speed,
			  slow->health.speed_possible, check_more(n_slow, more));
}

static bool is_worse(const struct device_facts *d)
{
	return vitals_find_worse(&d->then, &d->now) != _VITAL_COUNT;
}

static void check_since_claim(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d =
		find_gpu(in, check, is_worse, "no GPU is worse than when it was claimed", &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX], text[128];
	const char *remedy;

	if (!d)
		return;
	remedy = health_describe_worse(&d->then, &d->now, text, sizeof(text));
	check_say(check, STATE_WARN, remedy, "%s: %s%s", pci_address_format(&d->address, a), text,
		  check_more(n, more));
}

static bool is_nodeless(const struct device_facts *d)
{
	return d->health.nodeless && !d->companion;
}

static void check_numa(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d =
		find_gpu(in, check, is_nodeless, "no GPU's NUMA node is in doubt", &n);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (d)
		check_say(check, STATE_WARN,
			  "enable NUMA (SRAT, _PXM) in the firmware's setup, or update it",
			  "%s: its NUMA node isn't known: Nova can't place a guest beside it%s",
			  pci_address_format(&d->address, a), check_more(n, more));
}

static bool has_framebuffer(const struct device_facts *d)
{
	return d->framebuffer;
}

/* What is there already has not helped; drivers that nomodeset keeps out show no console. */
static const char *remedy_of_framebuffer(const struct kernel_args *args)
{
	if (kernel_args_have(args, KARG_NO_MODESET))
		return "make another GPU the primary in the firmware's setup; with nomodeset no other GPU's driver takes the console over";
	if (kernel_args_have(args, KARG_NO_FRAMEBUFFER))
		return "make another GPU the primary in the firmware's setup: this kernel's framebuffer does not heed video=";
	return "make another GPU the primary in the firmware's setup";
}

static void check_framebuffer(const struct check_input *in, struct check *check)
{
	size_t n;
	const struct device_facts *d = find_gpu(in, check, has_framebuffer,
						"the host's console is in no selected GPU", &n);
	char a[PCI_ADDRESS_MAX];

	if (!d && in->selected && in->facts->hidden_memory)
		check_say(
			check, STATE_WARN, "run this as root",
			"it is not known whether the host's console is in a selected GPU: /proc/iomem shows no address");
	if (d)
		check_say(
			check, STATE_WARN, remedy_of_framebuffer(&in->facts->policy->args),
			"%s: the host's boot framebuffer is in its memory (/proc/iomem): a guest may fail to map it",
			pci_address_format(&d->address, a));
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
