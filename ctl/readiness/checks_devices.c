/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/readiness/checks.h"

#define REMEDY_BOTH "claim both; or turn on ACS in the firmware's setup, or update the firmware"
#define REMEDY_PORT \
	"give each a root port of its own, where this virtual machine is defined on its host"
#define REMEDY_ACS \
	"turn on ACS in the firmware's setup, or update the firmware: nothing else changes the group of what is soldered"

/* Of its slot, or of an argument that leaves the processor's graphics out. */
static const char *remedy_without_group(const struct device_facts *d)
{
	if (strstr(d->why, "igfx_off"))
		return "take igfx_off out of intel_iommu= among the kernel arguments, and reboot";
	if (strstr(d->why, "Disabling IOMMU"))
		return "where the kernel's log has that, no guest can have these graphics; else update the firmware";
	return d->soldered
		       ? "update the firmware: its tables leave this device out"
		       : "put the GPU into a slot that the IOMMU covers, or update the firmware";
}

static bool is_on_one_board(const struct device_facts *a, const struct device_facts *b)
{
	return a->on_board != BOARD_NONE && b->on_board != BOARD_NONE &&
	       pci_address_compare(&a->board, &b->board) == 0;
}

/* What is not sure is not said to be. */
static const char *remedy_of_board(const struct device_facts *d)
{
	return d->on_board == BOARD_SURE ? "the two sit on one board: " REMEDY_BOTH
					 : "the two may sit on one board: " REMEDY_BOTH;
}

/* Is it the other GPU of its board that is not claimed and has the group with it? */
static bool lacks_board(const struct facts *facts, const struct device_facts *d)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *other = &facts->device[i];

		if (!other->selected && other->group == d->group && is_on_one_board(d, other))
			return true;
	}
	return false;
}

static const char *remedy_of(const struct facts *facts, const struct device_facts *d)
{
	switch (d->verdict) {
	case VERDICT_SWITCHED_OFF:
		return "boot without what switches gpuclaim off";
	case VERDICT_SKIPPED:
	case VERDICT_NOT_SELECTED:
		return "rebuild the initramfs, and reboot";
	case VERDICT_RELEASED:
		return "take it up again with gpuclaimctl claim, or reboot";
	case VERDICT_BRIDGE:
	case VERDICT_NOT_A_GPU:
		return "take it out of the configuration";
	case VERDICT_IDENTITY_MISMATCH:
		return "correct the claim line: gpuclaimctl scan shows addresses and IDs";
	case VERDICT_IOMMU_OFF_FIRMWARE:
	case VERDICT_IOMMU_OFF_KERNEL:
		return "see iommu-active";
	case VERDICT_NO_IOMMU_GROUP:
		return remedy_without_group(d);
	case VERDICT_PF_WITH_VFS:
		return "write 0 to its sriov_numvfs, and take out what sets it at boot";
	case VERDICT_BOOT_VGA:
		return "set boot-vga=allow, or make another GPU the primary in the firmware's setup";
	case VERDICT_RESERVED_REGION:
		return "turn off in the firmware's setup what keeps the region, or update the firmware";
	case VERDICT_IN_USE:
		if (d->kept)
			return "unplug what is there, wait until it sleeps, and run gpuclaimctl claim with the GPU's address";
		if (strstr(d->why, "in use by"))
			return "stop or unplug what is named, and run gpuclaimctl claim with the GPU's address";
		if (d->builtin)
			return "boot a kernel that has that driver as a module, or set rebind=yes, and reboot";
		return "find out what loads that driver so early, or set rebind=yes, and reboot";
	case VERDICT_GROUP_NOT_VIABLE:
		if (d->blocked)
			return "see group-viable";
		if (lacks_board(facts, d))
			return remedy_of_board(d);
		return d->soldered
			       ? "claim what shares its group; or " REMEDY_ACS
			       : "put the GPU into another slot, or claim what shares its group";
	case VERDICT_DRIVER_MISSING:
		if (strstr(d->why, "are gone"))
			return "reboot into the kernel that is installed";
		return "install the kernel's vfio modules, or a kernel that has them, rebuild the initramfs, and reboot";
	case VERDICT_FAILED:
		return "look for the cause in the kernel's log (journalctl -k), and reboot";
	default: /* claimed, and not bound */
		return d->from_record ? "find out what unbound it (journalctl -k), and reboot"
				      : "rebuild the initramfs with gpuclaim in it, and reboot";
	}
}

static void check_claimed(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	size_t n = 0, bad = 0, first = 0;
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (facts->unread[0]) {
		check_say(check, STATE_FAIL,
			  facts->only_root
				  ? "run this as root"
				  : "look for the cause in the kernel's log (journalctl -k)",
			  "it is not known whether each selected function is bound: %s",
			  facts->unread);
		return;
	}
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *d = &facts->device[i];

		if (!d->selected)
			continue;
		n++;
		if (verdict_is_claim(d->verdict) && device_is_bound(d))
			continue;
		/* Whom another's refusal refuses is not the cause. */
		if (bad++ == 0 ||
		    (facts->device[first].verdict == VERDICT_GROUP_NOT_VIABLE &&
		     !verdict_is_claim(d->verdict) && d->verdict != VERDICT_GROUP_NOT_VIABLE))
			first = i;
	}
	if (!n)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED);
	else if (!bad)
		check_say(check, STATE_PASS, NULL, "%zu selected %s bound", n,
			  n > 1 ? "functions are" : "function is");
	else
		check_say(check, STATE_FAIL, remedy_of(facts, &facts->device[first]), "%s: %s%s",
			  pci_address_format(&facts->device[first].address, a),
			  in->result[first].reason[0], check_more(bad, more));
}

/* None at all, or one of vfio's no-IOMMU mode. */
static bool lacks_group(const struct device_facts *d)
{
	return (device_is_bound(d) && d->group < 0) ||
	       (d->verdict == VERDICT_NO_IOMMU_GROUP && !d->pending);
}

/* The first GPU that has to share; the other one in @ret. */
static const struct device_facts *find_sharing(const struct facts *facts,
					       const struct device_facts **ret)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		*ret = device_sharing(facts, i);
		if (*ret)
			return &facts->device[i];
	}
	return NULL;
}

/* Of what is in the way: is it to be claimed itself, could it be, or is it no GPU? */
static const char *remedy_of_blocker(const struct facts *facts, const struct device_facts *d)
{
	const struct device_facts *blocker = devices_at(facts, &d->blocker);

	if (blocker && blocker->selected)
		return "that one should be claimed, too: see the check claimed";
	if (strcmp(d->blocker_driver, "vmd") == 0)
		return "turn VMD off for this slot in the firmware's setup";
	if (d->blocker_is_gpu && pci_address_same_device(&d->blocker, &d->address))
		return "the two are functions of one device: claim both";
	if (pci_address_same_device(&d->blocker, &d->address))
		return d->blocker_is_claimable
			       ? "if the host can do without it, claim it, too: name it in functions= of the claim line, or set companions=slot"
			       : "turn on ACS in the firmware's setup, or update the firmware: only GPUs and their companions can be claimed";
	if (facts->host.guest)
		return REMEDY_PORT;
	if (!d->blocker_is_gpu)
		return d->soldered
			       ? REMEDY_ACS
			       : "put one of the two into another slot, or turn on ACS in the firmware's setup: only GPUs can be claimed";
	if (blocker && is_on_one_board(d, blocker))
		return remedy_of_board(d);
	return d->soldered
		       ? "claim that one too, or take its driver from it; or " REMEDY_ACS
		       : "claim that one too, take its driver from it, or put the GPU into another slot";
}

static const char *remedy_of_sharing(const struct facts *facts, const struct device_facts *a,
				     const struct device_facts *b)
{
	if (pci_address_same_device(&a->address, &b->address))
		return "the two are functions of one device, and a group goes to one guest only: give it both (gpuclaimctl nova show --shared-groups)";
	if (facts->host.guest)
		return REMEDY_PORT;
	if (is_on_one_board(a, b))
		return "a group goes to one guest only: give it both (gpuclaimctl nova show --shared-groups), or turn on ACS in the firmware's setup";
	if (a->soldered && b->soldered)
		return "a group goes to one guest only; " REMEDY_ACS;
	return "put one of them into another slot: a group goes to one guest only";
}

static void check_group_viable(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	struct devices_found blocked = DEVICES_FIND(facts, one, one->blocked);
	struct devices_found loose = DEVICES_FIND(facts, one, lacks_group(one));
	size_t grouped = DEVICES_FIND(facts, one, one->group >= 0).n;
	const struct device_facts *d = blocked.first, *other = NULL;
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX];

	if (facts->iommu.state != IOMMU_ACTIVE)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (d)
		devices_say(blocked, check, STATE_FAIL, remedy_of_blocker(facts, d),
			    "IOMMU group %d is not viable: %s has driver %s", d->group,
			    pci_address_format(&d->blocker, b), d->blocker_driver);
	else if (loose.n)
		devices_say(loose, check, STATE_FAIL, remedy_without_group(loose.first),
			    "in no IOMMU group that isolates it");
	else if ((d = find_sharing(facts, &other)))
		check_say(check, STATE_WARN, remedy_of_sharing(facts, d, other),
			  "%s: shares IOMMU group %d with the GPU %s%s",
			  pci_address_format(&d->address, a), d->group,
			  pci_address_format(&other->address, b),
			  is_on_one_board(d, other) ? ", on one board with it" : "");
	else if (!grouped)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED " that is in a group");
	else
		check_say(check, STATE_PASS, NULL, "the groups of %zu selected %s viable", grouped,
			  grouped > 1 ? "functions are" : "function is");
}

static void check_reserved_region(const struct check_input *in, struct check *check)
{
	struct devices_found reserved =
		DEVICES_FIND(in->facts, d, d->verdict == VERDICT_RESERVED_REGION);

	if (!in->selected)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED);
	else if (in->facts->iommu.state != IOMMU_ACTIVE)
		check_say(check, STATE_SKIP, NULL, IOMMU_NOT_ACTIVE);
	else if (reserved.n)
		devices_say(reserved, check, STATE_FAIL, remedy_of(in->facts, reserved.first), "%s",
			    reserved.first->why);
	else
		check_say(check, STATE_PASS, NULL,
			  "the firmware keeps none of their memory mapped (%s)",
			  iommu_region_name(in->facts->iommu.kind));
}

static void check_sriov(const struct check_input *in, struct check *check)
{
	struct devices_found split = DEVICES_FIND(in->facts, d, d->vfs > 0);

	if (!in->selected)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED);
	else if (split.n)
		devices_say(split, check, STATE_FAIL,
			    "write 0 to its sriov_numvfs, and take out what sets it",
			    "%u virtual functions are enabled: it can't go to a guest whole",
			    split.first->vfs);
	else
		check_say(check, STATE_PASS, NULL, "none is split into virtual functions");
}

/* A guest that uses iommufd can't have it, or perhaps not. */
static void tell_without(const struct device_facts *d, size_t n, struct check *check)
{
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	pci_address_format(&d->address, a);
	check_more(n, more);
	if (d->cdev_error)
		check_say(check, STATE_WARN, unread_remedy(d->cdev_error),
			  "it is not known whether /dev/vfio/devices/%s, of %s, is there: %s%s",
			  d->cdev, a, strerror(-d->cdev_error), more);
	else
		check_say(
			check, STATE_WARN,
			"look whether udev runs (systemctl status systemd-udevd)",
			"/dev/vfio/devices/%s, of %s, is not there: a guest that uses iommufd can't have it%s",
			d->cdev, a, more);
}

/* Absent, or not to be told: a GPU without it is of no use to a guest. */
static void tell_node(const struct device_facts *d, size_t n, struct check *check)
{
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	pci_address_format(&d->address, a);
	check_more(n, more);
	if (d->node_error)
		check_say(check, STATE_FAIL, unread_remedy(d->node_error),
			  "it is not known whether /dev/vfio/%d, of %s, is there: %s%s", d->group,
			  a, strerror(-d->node_error), more);
	else
		check_say(
			check, STATE_FAIL,
			"load the module vfio, and look whether udev runs (systemctl status systemd-udevd)",
			"/dev/vfio/%d, of %s, is not there%s", d->group, a, more);
}

/* A process that has opened it has the device, and what the last guest left in its memory. */
static void tell_open(const struct device_facts *d, size_t n, struct check *check)
{
	char a[PCI_ADDRESS_MAX], more[MORE_MAX], node[48], remedy[REMEDY_MAX];

	if (d->node_open)
		(void)snprintf(node, sizeof(node), "/dev/vfio/%d", d->group);
	else
		(void)snprintf(node, sizeof(node), "/dev/vfio/devices/%s", d->open_cdev);
	(void)snprintf(
		remedy, sizeof(remedy),
		"take that mode out of udev's rules (grep -r vfio /etc/udev/rules.d), then chmod o= %s",
		node);
	check_say(check, STATE_WARN, remedy,
		  "all users of this host may open %s, and have %s with it%s", node,
		  pci_address_format(&d->address, a), check_more(n, more));
}

/* Return: whether something is missing that a guest needs which does without groups. */
static bool tell_own_node(const struct check_input *in, struct check *check)
{
	struct devices_found without = DEVICES_FIND(in->facts, one, device_lacks_own_node(one));
	const struct device_facts *d = without.first;
	const struct vfio_access *access = &in->facts->access;
	const char *why = devices_why_own(in->facts);
	char a[PCI_ADDRESS_MAX], more[MORE_MAX];

	if (!access->groupless && !access->guests_use_iommufd)
		return false;
	if (!access->iommufd)
		check_say(
			check, STATE_FAIL,
			"load the module iommufd, and look whether udev runs (systemctl status systemd-udevd)",
			"/dev/iommu is not there, and %s", why);
	else if (d && d->cdev_error)
		check_say(check, STATE_FAIL, unread_remedy(d->cdev_error),
			  "it is not known whether %s has its node in /dev/vfio/devices: %s%s",
			  pci_address_format(&d->address, a), strerror(-d->cdev_error),
			  check_more(without.n, more));
	else if (d)
		check_say(check, STATE_FAIL,
			  "look whether udev runs (systemctl status systemd-udevd)",
			  "%s has no node in /dev/vfio/devices, and %s%s",
			  pci_address_format(&d->address, a), why, check_more(without.n, more));
	return !access->iommufd || d;
}

static void check_vfio_node(const struct check_input *in, struct check *check)
{
	size_t bound = DEVICES_FIND(in->facts, d, device_is_bound(d) && d->group >= 0).n;
	struct devices_found bad = DEVICES_FIND(
		in->facts, d, device_is_bound(d) && d->group >= 0 && !d->node && !d->groupless);
	struct devices_found odd = DEVICES_FIND(in->facts, d, device_is_bound(d) && d->cdev[0]);
	struct devices_found open =
		DEVICES_FIND(in->facts, d, device_is_bound(d) && (d->node_open || d->open_cdev[0]));

	if (bound && tell_own_node(in, check))
		return;
	if (bad.n)
		tell_node(bad.first, bad.n, check);
	else if (open.n)
		tell_open(open.first, open.n, check);
	else if (odd.n)
		tell_without(odd.first, odd.n, check);
	else if (!bound)
		check_say(check, STATE_SKIP, NULL, NOTHING_SELECTED " that is bound");
	else if (in->facts->access.groupless)
		check_say(check, STATE_PASS, NULL,
			  "this kernel has no VFIO groups, and /dev/vfio/devices has all");
	else
		check_say(check, STATE_PASS, NULL, "/dev/vfio/GROUP is there for %zu %s", bound,
			  bound > 1 ? "functions" : "function");
}

static const struct check_row rows[] = {
	/* each selected function has its driver, now */
	{"claimed", NULL, check_claimed, 0},
	/* nothing else in their groups has a driver of its own */
	{"group-viable", NULL, check_group_viable, 0},
	/* the firmware keeps no memory of theirs mapped */
	{"reserved-region", NULL, check_reserved_region, 0},
	/* none is split into virtual functions */
	{"sriov", NULL, check_sriov, 0},
	/* /dev/vfio/GROUP is there, and the cdev; not everybody may open them */
	{"vfio-node", NULL, check_vfio_node, 0},
};

const struct check_group checks_of_devices = CHECK_GROUP(rows);
