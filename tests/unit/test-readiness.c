/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/readiness_world.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/test.h"

static char *recipe_place = (char *)"/etc/modprobe.d/vfio.conf:1";
static const struct recipes one_recipe = {.found = {&recipe_place, 1}};
static const struct recipes unread_recipe = {.unread = {&recipe_place, 1}};

static void nothing(struct world *w _unused_)
{
}

static void refuse(struct world *w, enum verdict verdict)
{
	for (size_t i = 0; i < 2; i++) {
		w->device[i].verdict = verdict;
		w->device[i].driver[0] = '\0';
	}
}

CHANGE(unbind, w->device[1].driver[0] = '\0')

static void take_back(struct world *w)
{
	snprintf(w->device[0].driver, sizeof(w->device[0].driver), "nouveau");
	w->device[1].blocked = true;
	w->device[1].blocker = w->device[0].address;
	snprintf(w->device[1].blocker_driver, sizeof(w->device[1].blocker_driver), "nouveau");
}

CHANGE(already, w->device[0].verdict = w->device[1].verdict = VERDICT_ALREADY_CLAIMED)
CHANGE(in_use, refuse(w, VERDICT_IN_USE))

static void pending(struct world *w)
{
	refuse(w, VERDICT_NO_IOMMU_GROUP);
	w->device[0].pending = w->device[1].pending = true;
}

static void iommu_off(struct world *w, enum iommu_state state, enum iommu_kind kind)
{
	w->facts.iommu = (struct iommu){.state = state, .kind = kind, .empty = -1};
	w->facts.interrupt_remapping = false;
	refuse(w,
	       state == IOMMU_OFF_KERNEL ? VERDICT_IOMMU_OFF_KERNEL : VERDICT_IOMMU_OFF_FIRMWARE);
	w->device[2] = w->device[0];
	w->device[2].address = w->device[2].gpu = (struct pci_address)OTHER;
}

CHANGE(iommu_off_firmware, iommu_off(w, IOMMU_OFF_FIRMWARE, IOMMU_NONE))
CHANGE(iommu_off_kernel, iommu_off(w, IOMMU_OFF_KERNEL, IOMMU_INTEL))
CHANGE(iommu_to_come, iommu_off(w, IOMMU_OFF_KERNEL, IOMMU_VIRTIO))

static void iommu_absent(struct world *w)
{
	iommu_off(w, IOMMU_OFF_FIRMWARE, IOMMU_NONE);
	w->facts.iommu.platform.devicetree = true;
}

static void iommu_off_unneeded(struct world *w)
{
	select_none(w);
	w->facts.iommu = (struct iommu){.state = IOMMU_OFF_FIRMWARE, .empty = -1};
}

CHANGE(acs_override, argue(w, "pcie_acs_override=downstream"))
CHANGE(acs_changed, argue(w, "pci=config_acs=x0x@0000:01:00.0"))

static void acs_override_refused(struct world *w)
{
	acs_override(w);
	w->policy.settings.isolation = ISOLATION_REQUIRE;
}

static void acs_changed_refused(struct world *w)
{
	acs_changed(w);
	w->policy.settings.isolation = ISOLATION_REQUIRE;
}

static void unsafe_interrupts(struct world *w)
{
	w->facts.interrupt_remapping = false;
	w->facts.host.unsafe_interrupts = true;
	argue(w, "nointremap");
}

CHANGE(no_remapping, w->facts.interrupt_remapping = false)
CHANGE(remapping_unread, (w->facts.interrupt_remapping = false, w->facts.remapping_error = -EIO))

static void no_remapping_unneeded(struct world *w)
{
	select_none(w);
	no_remapping(w);
}

CHANGE(no_record, w->facts.has_record = false)

static void no_record_unbound(struct world *w)
{
	no_record(w);
	for (size_t i = 0; i < ARRAY_SIZE(w->device); i++) {
		w->device[i].from_record = false;
		w->device[i].pending = true;
		w->device[i].driver[0] = '\0';
	}
}

static void no_record_unneeded(struct world *w)
{
	select_none(w);
	no_record(w);
}

static void no_record_expected(struct world *w)
{
	no_record_unneeded(w);
	w->policy.settings.expect = 1;
}

CHANGE(other_configuration,
       snprintf(w->facts.record.config, sizeof(w->facts.record.config), "fedcba9876543210"))

static void bad_configuration(struct world *w)
{
	select_none(w);
	w->policy.valid = false;
	w->messages[0] = (char *)"etc/gpuclaim/gpuclaim.conf:3:7: found \"x\"";
	w->messages[1] = (char *)"gpuclaim.ids: found \"y\"";
	w->policy.errors = w->messages;
	w->policy.n_errors = 2;
}

static void warned(struct world *w)
{
	w->messages[0] = (char *)"identity not checked";
	w->policy.warnings = w->messages;
	w->policy.n_warnings = 1;
}

static void switched_off(struct world *w)
{
	w->policy.off = SWITCHED_OFF_KARG;
	refuse(w, VERDICT_SWITCHED_OFF);
	w->device[2].verdict = VERDICT_SWITCHED_OFF;
}

static void switched_off_unneeded(struct world *w)
{
	select_none(w);
	w->policy.off = SWITCHED_OFF_CRASH_KERNEL;
}

static void disarmed(struct world *w)
{
	select_none(w);
	w->policy.n_disarmed = 1;
}

static void disk_named(struct world *w)
{
	w->device[2].in_unit = w->device[2].selected = false;
	w->device[2].verdict = VERDICT_NOT_A_GPU;
}

CHANGE(no_node, w->device[2].node = false)
CHANGE(hidden_node, w->device[2].node = false; w->device[2].node_error = -EACCES)
CHANGE(broken_node, w->device[2].node = false; w->device[2].node_error = -EIO)
CHANGE(no_cdev, strcpy(w->device[2].cdev, "vfio1"))
CHANGE(vfs_enabled, w->device[0].vfs = 4)
CHANGE(reserved, refuse(w, VERDICT_RESERVED_REGION))

static void tell(struct world *w, struct text_list *list, const char *text)
{
	w->messages[0] = (char *)text;
	*list = (struct text_list){w->messages, 1};
}

CHANGE(user, tell(w, &w->users.place, "/etc/modules:1 loads nouveau"))
CHANGE(overridden, tell(w, &w->users.override, "X"))
CHANGE(thief, tell(w, &w->users.thief, "nouveau"))
CHANGE(variant, tell(w, &w->users.variant, "0000:01:00.0 (nvgrace_gpu_vfio_pci)"))
CHANGE(users_not_looked_at, w->facts.users = NULL)
CHANGE(locked_down, strcpy(w->facts.host.lockdown, "integrity"))
CHANGE(lockdown_unknown, w->facts.host.lockdown[0] = '\0')
CHANGE(no_group, w->device[2].group = -1)
CHANGE(one_group, w->device[2].group = 13)

static void make_fabric(struct world *w)
{
	w->device[0].fabric = w->device[2].fabric = true;
	w->device[0].soldered = w->device[2].soldered = true;
	w->device[1].selected = w->device[1].in_unit = false;
	one_group(w);
	w->policy.settings.expect = 2;
}

static void fabric_with_gpu(struct world *w)
{
	make_fabric(w);
	w->device[2].fabric = false;
}

static void one_group_expected(struct world *w)
{
	one_group(w);
	w->policy.settings.expect = 2;
}

CHANGE(lost, w->facts.n_lost = 1)
CHANGE(expect_two, w->policy.settings.expect = 2)
CHANGE(expect_one, w->policy.settings.expect = 1)
CHANGE(expect_three, w->policy.settings.expect = 3)
CHANGE(recipe, w->facts.recipes = &one_recipe)
CHANGE(recipe_unread, w->facts.recipes = &unread_recipe)
CHANGE(nova_not_looked_at, w->facts.whitelist = NULL)
CHANGE(nova_not_ready, w->whitelist.state = STATE_FAIL)

static void target(struct world *w)
{
	no_record_unneeded(w);
	w->facts.machine = false;
	w->facts.n_devices = 0;
	w->facts.recipes = &one_recipe;
	w->policy.n_disarmed = 1;
	w->policy.settings.expect = 2;
}

static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *expected;
} rows[] = {
	{"all is well", nothing, "ready:"},
	{"somebody else bound them before", already, "ready:"},
	{"the configuration is in error", bad_configuration,
	 "not ready: configuration=fail selected=skip" NOTHING NO_USERS},
	{"the configuration draws a warning", warned, "ready: configuration=warn"},
	{"gpuclaim=0", switched_off, "not ready: switched-off=fail claimed=fail"},
	{"a crash kernel, nothing selected", switched_off_unneeded,
	 "without a GPU: switched-off=warn selected=fail" NOTHING NO_USERS},
	{"not armed, and no GPU here", disarmed,
	 "without a GPU: armed=warn selected=fail" NOTHING NO_USERS},
	{"nothing selected", select_none, "without a GPU: selected=fail" NOTHING NO_USERS},
	{"a claim line names a disk", disk_named, "ready: selected=warn"},
	{"IOMMU off in the firmware", iommu_off_firmware,
	 "not ready: iommu-active=fail interrupt-remapping=skip isolation=skip claimed=fail group-viable=skip "
	 "reserved-region=skip vfio-node=skip"},
	{"IOMMU off in the kernel", iommu_off_kernel,
	 "not ready: iommu-active=fail interrupt-remapping=skip isolation=skip claimed=fail group-viable=skip "
	 "reserved-region=skip vfio-node=skip"},
	{"IOMMU whose module may come", iommu_to_come,
	 "not ready, waiting: iommu-active=fail interrupt-remapping=skip isolation=skip claimed=fail "
	 "group-viable=skip reserved-region=skip vfio-node=skip"},
	{"IOMMU absent", iommu_absent,
	 "not ready: iommu-active=fail interrupt-remapping=skip isolation=skip claimed=fail group-viable=skip "
	 "reserved-region=skip vfio-node=skip"},
	{"IOMMU off, nothing selected", iommu_off_unneeded,
	 "without a GPU: selected=fail iommu-active=warn interrupt-remapping=skip isolation=skip" NOTHING
		 NO_USERS},
	{"no interrupt remapping", no_remapping, "not ready: interrupt-remapping=fail"},
	{"no interrupt remapping, nothing selected", no_remapping_unneeded,
	 "without a GPU: selected=fail interrupt-remapping=warn" NOTHING NO_USERS},
	{"an ACS override", acs_override, "ready: isolation=warn"},
	{"an ACS override, and isolation is required", acs_override_refused,
	 "not ready: isolation=fail"},
	{"ports set by hand", acs_changed, "ready: isolation=warn"},
	{"ports set by hand, and isolation is required", acs_changed_refused,
	 "ready: isolation=warn"},
	{"no record, all bound", no_record,
	 "not ready, waiting: record=fail configuration-in-step=skip"},
	{"no record, nothing bound", no_record_unbound,
	 "not ready, reboot, waiting: record=fail configuration-in-step=skip claimed=fail "
	 "vfio-node=skip"},
	{"no record, nothing selected", no_record_unneeded,
	 "without a GPU: selected=fail record=warn configuration-in-step=skip" NOTHING NO_USERS},
	{"no record, nothing selected, one expected", no_record_expected,
	 "not ready, waiting: selected=fail record=fail configuration-in-step=skip" NOTHING
	 " expect=fail" NO_USERS},
	{"the configuration changed since", other_configuration,
	 "ready, reboot: configuration-in-step=warn"},
	{"a companion lost its driver", unbind, "not ready: claimed=fail"},
	{"a native driver took the GPU back", take_back,
	 "not ready: claimed=fail group-viable=fail"},
	{"in use at boot", in_use, "not ready: claimed=fail"},
	{"still to be claimed", pending, "not ready, waiting: claimed=fail"},
	{"no /dev/vfio node", no_node, "not ready: vfio-node=fail"},
	{"whether it is there can't be told", hidden_node, "not ready: vfio-node=fail"},
	{"no character device", no_cdev, "ready: vfio-node=warn"},
	{"virtual functions", vfs_enabled, "not ready: sriov=fail"},
	{"a reserved region", reserved, "not ready: claimed=fail reserved-region=fail"},
	{"the host is set up to use them", user, "ready: gpu-users=warn"},
	{"a module is kept from them", thief, "ready:"},
	{"a driver is made for one", variant, "ready: variant-driver=warn"},
	{"who uses them was not looked at", users_not_looked_at,
	 "ready: thief-drivers=skip variant-driver=skip gpu-users=skip"},
	{"locked down", locked_down, "ready:"},
	{"lockdown unknown", lockdown_unknown, "ready:"},
	{"bound, but in no group", no_group, "not ready: group-viable=fail"},
	{"two GPUs in one group", one_group, "ready: group-viable=warn"},
	{"two GPUs in one group, both expected", one_group_expected,
	 "not ready: group-viable=warn expect=fail"},
	{"NVSwitches in one group, both expected", make_fabric, "ready:"},
	{"an NVSwitch and a GPU in one group", fabric_with_gpu,
	 "not ready: group-viable=warn expect=fail"},
	{"a claimed device fell off the bus", lost, "ready: addresses-present=warn"},
	{"as many as expected", expect_two, "ready:"},
	{"more than expected", expect_one, "ready:"},
	{"fewer than expected", expect_three, "not ready, waiting: expect=fail"},
	{"an old recipe", recipe, "ready: old-recipes=warn"},
	{"perhaps an old recipe", recipe_unread, "ready: old-recipes=skip"},
	{"a tree that is no machine", target,
	 "not ready: switched-off=skip armed=skip trial=skip selected=fail iommu-active=skip "
	 "interrupt-remapping=skip isolation=skip record=skip configuration-in-step=skip claimed=skip "
	 "group-viable=skip reserved-region=skip sriov=skip vfio-node=skip vfio-type1=skip "
	 "card-answers=skip d3cold=skip bars=skip reset=skip "
	 "link=skip since-claim=skip numa=skip framebuffer=skip addresses-present=skip expect=skip "
	 "nova-whitelist=skip kernel-arguments=skip hugepages=skip lockdown=skip "
	 "thief-drivers=skip variant-driver=skip gpu-users=skip old-recipes=warn"},
	{"Nova's configuration was not looked at", nova_not_looked_at,
	 "ready: nova-whitelist=skip"},
	{"Nova is told of one that is not ready", nova_not_ready, "not ready: nova-whitelist=fail"},
};

static void test_checks(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct readiness readiness;
		struct world world;
		char text[640];

		make_world(&world);
		rows[i].change(&world);
		if (test_int(rows[i].name, readiness_judge(&world.facts, &readiness), 0)) {
			test_text(rows[i].name, render(&readiness, text, sizeof(text)),
				  rows[i].expected);
			readiness_free(&readiness);
		}
	}
}

/* What is said where it is not the state alone that matters. */
static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *id;
	const char *message, *remedy;
} said[] = {
	{"the first error is told, and how many more", bad_configuration, "configuration",
	 "etc/gpuclaim/gpuclaim.conf:3:7: found \"x\" (and 1 more)",
	 "correct each place that is named"},
	{"off in the firmware", iommu_off_firmware, "iommu-active",
	 "the IOMMU is off in the firmware, or the machine has none",
	 "enable VT-d (Intel) or AMD-Vi in the firmware's setup"},
	{"remapping that can't be told", remapping_unread, "interrupt-remapping",
	 "whether interrupt remapping is on can't be told: /sys/kernel/irq can't be read: Input/output error",
	 "look for the cause in the kernel's log (journalctl -k)"},
	{"unsafe interrupts", unsafe_interrupts, "interrupt-remapping",
	 "interrupt remapping is off, and allow_unsafe_interrupts lets guests start all the "
	 "same: a guest can send interrupts that are not its own to the host",
	 "boot without nointremap, and take allow_unsafe_interrupts out"},
	{"an ACS override", acs_override, "isolation",
	 "with the kernel argument pcie_acs_override=downstream the IOMMU groups do not isolate: a guest may reach other devices' memory",
	 "boot without pcie_acs_override=downstream, and put the GPU into a slot whose ports "
	 "isolate (ACS)"},
	{"off in the kernel", iommu_off_kernel, "iommu-active",
	 "the machine has an IOMMU that the kernel does not use", "boot with intel_iommu=on"},
	{"absent", iommu_absent, "iommu-active",
	 "the machine has no IOMMU for PCI devices: its devicetree names none",
	 "use a machine that has one: nothing else isolates a guest"},
	{"both configurations are named", other_configuration, "configuration-in-step",
	 "this boot was decided with configuration fedcba9876543210; the files now are configuration "
	 "0123456789abcdef",
	 "rebuild the initramfs, so that it holds the files there are now, and reboot"},
	{"the driver there is", take_back, "claimed",
	 "0000:01:00.0: claimed, but bound to nouveau now",
	 "find out what unbound it (journalctl -k), and reboot"},
	{"how many more", in_use, "claimed", "0000:01:00.0: in-use: driver vfio-pci (and 1 more)",
	 "find out what loads that driver so early, or set rebind=yes, and reboot"},
	{"what is in the way", take_back, "group-viable",
	 "0000:01:00.1: IOMMU group 13 is not viable: 0000:01:00.0 has driver nouveau",
	 "that one should be claimed, too: see the check claimed"},
	{"which node", no_node, "vfio-node", "/dev/vfio/14, of 0000:02:00.0, is not there",
	 "load the module vfio, and look whether udev runs (systemctl status systemd-udevd)"},
	{"a node that only root may look at", hidden_node, "vfio-node",
	 "it is not known whether /dev/vfio/14, of 0000:02:00.0, is there: Permission denied",
	 "run this as root"},
	{"a node that nobody can look at", broken_node, "vfio-node",
	 "it is not known whether /dev/vfio/14, of 0000:02:00.0, is there: Input/output error",
	 "look for the cause in the kernel's log (journalctl -k)"},
	{"which character device", no_cdev, "vfio-node",
	 "/dev/vfio/devices/vfio1, of 0000:02:00.0, is not there: a guest that uses iommufd can't "
	 "have it",
	 "look whether udev runs (systemctl status systemd-udevd)"},
	{"what is soldered is not to be moved", fabric_with_gpu, "group-viable",
	 "0000:02:00.0: shares IOMMU group 13 with the GPU 0000:01:00.0",
	 "a group goes to one guest only; turn on ACS in the firmware's setup, or update the firmware: nothing else changes the group of what is soldered"},
	{"how many are enabled", vfs_enabled, "sriov",
	 "0000:01:00.0: 4 virtual functions are enabled: it can't go to a guest whole",
	 "write 0 to its sriov_numvfs, and take out what sets it"},
	{"whose region", reserved, "reserved-region", "0000:01:00.0: driver vfio-pci (and 1 more)",
	 "turn off in the firmware's setup what keeps the region, or update the firmware"},
	{"what uses them", user, "gpu-users", "/etc/modules:1 loads nouveau",
	 "disable what the host does not need"},
	{"what driverctl does", overridden, "gpu-users",
	 "driverctl gives selected functions to another driver at each boot, after the claim: X",
	 "run driverctl unset-override for each, and reboot"},
	{"what is kept from them", thief, "thief-drivers",
	 "kept from the selected functions: nouveau", ""},
	{"what lockdown means", locked_down, "lockdown",
	 "the kernel is locked down (integrity): VFIO works, and unsigned modules are not loaded",
	 ""},
	{"how to arm", disarmed, "armed",
	 "1 claim line waits for gpuclaim=1 on the kernel command line (set arm=karg)",
	 "boot with gpuclaim=1 among the kernel arguments (gpuclaimctl kargs show)"},
};

static void test_messages(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		said[i].change(&world);
		if (readiness_judge(&world.facts, &readiness) < 0)
			continue;
		test_text(said[i].name, find_check(&readiness, said[i].id)->message,
			  said[i].message);
		test_text(said[i].name, find_check(&readiness, said[i].id)->remedy, said[i].remedy);
		readiness_free(&readiness);
	}
}

static void test_devices(void)
{
	static const struct {
		const char *name;
		void (*change)(struct world *);
		const char *reasons[3]; /* of each device, its first; "" if it is ready */
	} devices[] = {
		{"every device is ready", nothing, {"", "", ""}},
		{"a companion makes its GPU unready",
		 unbind,
		 {"its companion 0000:01:00.1 is not ready", "claimed, but bound to no driver now",
		  ""}},
		{"not claimed yet",
		 pending,
		 {"not claimed yet; in this boot it was no-iommu-group: driver vfio-pci",
		  "not claimed yet; in this boot it was no-iommu-group: driver vfio-pci", ""}},
		{"nothing claimed it",
		 no_record_unbound,
		 {"not claimed in this boot, bound to no driver",
		  "not claimed in this boot, bound to no driver",
		  "not claimed in this boot, bound to no driver"}},
		{"who shares is not ready", one_group, {"", "", "shares-group-with 0000:01:00.0"}},
		{"NVSwitches of a group are ready together",
		 make_fabric,
		 {"", "claimed: driver vfio-pci", ""}},
		{"one that is split", vfs_enabled, {"4 virtual functions are enabled", "", ""}},
		{"no interrupt remapping for any",
		 no_remapping,
		 {"interrupt remapping is off", "interrupt remapping is off",
		  "interrupt remapping is off"}},
		{"not selected is not ready",
		 select_none,
		 {"not-selected: driver vfio-pci", "not-selected: driver vfio-pci",
		  "not-selected: driver vfio-pci"}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		devices[i].change(&world);
		if (readiness_judge(&world.facts, &readiness) < 0)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(devices[i].reasons); k++) {
			const struct device_result *result = &readiness.device[k];

			test_text(devices[i].name, result->n_reasons ? result->reason[0] : "",
				  devices[i].reasons[k]);
			test_int(devices[i].name, result->ready, result->n_reasons == 0);
		}
		readiness_free(&readiness);
	}
}

TESTS(readiness)
{
	test_checks();
	test_messages();
	test_devices();
	return test_done();
}
