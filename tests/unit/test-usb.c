/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has a USB controller's driver found all that hangs on it, and how long is that waited for? */
#include <string.h>
#include <time.h>

#include "helper/act/settle.h"
#include "helper/machine/usb.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define DEVICE	"sys/bus/pci/devices/0000:01:00.2"
#define HUB(n)	"f " DEVICE "/usb" #n "/power/"
#define AUTO(n) "\n" HUB(n) "control auto|\n" HUB(n) "autosuspend_delay_ms 0|\n"

static const struct {
	const char *name, *driver;
	const char *tree;   /* see tree_script() */
	const char *wanted; /* a part of the reason; "": settled */
} rows[] = {
	{"both root hubs sleep", "xhci_hcd",
	 HUB(1) "runtime_status suspended|" AUTO(1) HUB(2) "runtime_status suspended|" AUTO(2), ""},
	{"one is awake", "xhci_hcd",
	 HUB(1) "runtime_status suspended|" AUTO(1) HUB(2) "runtime_status active|" AUTO(2),
	 "root hub usb2 is still awake"},
	{"both are: the lower one is named", "xhci_hcd",
	 HUB(12) "runtime_status active|" AUTO(12) HUB(7) "runtime_status active|" AUTO(7),
	 "root hub usb7 is still awake"},
	{"on its way to sleep", "ehci-pci", HUB(1) "runtime_status suspending|" AUTO(1),
	 "root hub usb1 is still awake"},
	{"on its way up", "xhci_hcd", HUB(1) "runtime_status resuming|" AUTO(1),
	 "root hub usb1 is still awake"},
	{"power management of it failed", "xhci_hcd", HUB(1) "runtime_status error|" AUTO(1),
	 "root hub usb1 is still awake"},
	{"it may not sleep", "xhci_hcd",
	 HUB(1) "runtime_status active|\n" HUB(1) "control on|\n" HUB(1) "autosuspend_delay_ms 0|",
	 "write auto to /sys/bus/usb/devices/usb1/power/control"},
	{"usbcore.autosuspend=-1", "xhci_hcd",
	 HUB(1) "runtime_status active|\n" HUB(1) "control auto|\n" HUB(
		 1) "autosuspend_delay_ms -1000|",
	 "write 0 to /sys/bus/usb/devices/usb1/power/autosuspend_delay_ms"},
	{"asleep, and may not any more: it has told of all", "xhci_hcd",
	 HUB(1) "runtime_status suspended|\n" HUB(1) "control on|", ""},
	{"no runtime power management", "xhci_hcd", HUB(1) "runtime_status unsupported|",
	 "the kernel does not tell whether its root hub usb1 sleeps"},
	{"no power management", "xhci_hcd", "d " DEVICE "/usb1/1-0:1.0",
	 "the kernel does not tell whether its root hub usb1 sleeps"},
	{"an attribute that can't be read", "xhci_hcd", "d " DEVICE "/usb1/power/runtime_status",
	 "the kernel does not tell whether its root hub usb1 sleeps"},
	{"no root hub yet", "xhci_hcd", "d " DEVICE "/power", "no root hub yet"},
	{"other folders are no root hubs", "xhci_hcd", "d " DEVICE "/usbmisc\nd " DEVICE "/usb",
	 "no root hub yet"},
	{"a folder that can't be read", "xhci_hcd", "f " DEVICE " x", "can't be read"},
	{"a driver of no devices", "pci-stub", "d " DEVICE "/power", ""},
	{"a virtual machine's", "vfio-pci", "d " DEVICE "/power", ""},
};

static void test_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct bound_function f = {{0, 1, 0, 2}, 0x0c0330, rows[i].driver, 7};
		char why[USB_WHY_MAX] = "";
		struct tree tree;
		bool settled;

		tree_make(&tree);
		tree_script(&tree, rows[i].tree);
		settled = usb_is_settled(&tree.root, &f, why);
		(void)test_int(rows[i].name, settled, !rows[i].wanted[0]);
		(void)test_text(rows[i].name, strstr(why, rows[i].wanted) ? rows[i].wanted : why,
				rows[i].wanted);
		tree_remove(&tree);
	}
}

static const char machine[] =
	"d sys/class/iommu/dmar0\nf sys/bus/pci/drivers_probe x\n"
	"f sys/kernel/iommu_groups/1/type DMA|\n"
	"f sys/bus/pci/devices/0000:01:00.0/modalias "
	"pci:v000010DEd00001E87sv00000000sd00000000bc03sc00i00|\n"
	"f " DEVICE "/modalias pci:v000010DEd00001AD8sv00000000sd00000000bc0Csc03i30|\n"
	"l sys/bus/pci/devices/0000:01:00.0/iommu_group /sys/kernel/iommu_groups/1\n"
	"l " DEVICE "/iommu_group /sys/kernel/iommu_groups/1\n"
	"l " DEVICE "/driver /sys/bus/pci/drivers/xhci_hcd\n"
	"f etc/gpuclaim/gpuclaim.conf claim 10de:1e87|\n" HUB(1) "runtime_status active|" AUTO(1);

static unsigned elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)((now.tv_sec - since->tv_sec) * 1000 +
			  (now.tv_nsec - since->tv_nsec) / 1000000);
}

static void test_waiting(void)
{
	struct assessment a _cleanup_(assessment_free) = {0};
	struct timespec start;
	struct tree tree;
	unsigned waited;

	tree_make(&tree);
	tree_script(&tree, machine);
	if (!test_int("a machine", assess(&tree.root, CLAIM_BOOT, &a), 0))
		return;
	(void)test_int("it is waited for", settle_is_due(&a), true);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	waited = settle_wait(&tree.root, &a, 50);
	(void)test_int("for so long", waited, 50);
	(void)test_int("in truth", elapsed_ms(&start) >= 49, true);
	(void)test_int("no time is left", settle_wait(&tree.root, &a, 0), 0);

	tree_dir(&tree, DEVICE "/usb1/1-4");
	(void)test_int("a device was found", settle_wait(&tree.root, &a, 5000) < 1000, true);
	tree_remove(&tree);

	tree_make(&tree);
	tree_script(&tree, machine);
	tree_file(&tree, DEVICE "/usb1/power/runtime_status", "suspended\n");
	(void)test_int("it sleeps", settle_wait(&tree.root, &a, 5000) < 1000, true);
	assessment_free(&a);
	if (test_int("the machine then", assess(&tree.root, CLAIM_BOOT, &a), 0))
		(void)test_int("is not waited for", settle_is_due(&a), false);
	tree_remove(&tree);
}

TESTS(usb)
{
	test_rows();
	test_waiting();
	return test_done();
}
