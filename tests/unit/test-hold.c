/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds a function: nodes, processes, streams, USB devices, consoles. */
#include <string.h>
#include <sys/sysmacros.h>

#include "helper/machine/hold.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define DEVICE	"sys/bus/pci/devices/0000:01:00.0"
#define MINOR_0 "f proc/driver/nvidia/gpus/0000:01:00.0/information Device Minor: \t 0|\n"

static const struct {
	const char *name;
	uint32_t class_code;
	const char *driver;
	const char *tree;   /* see tree_script() */
	const char *wanted; /* what holds it, with "; " between */
} rows[] = {
	{"nothing", 0x030000, "nouveau", "d proc", ""},
	{"its DRM node", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nl proc/812/fd/3 /dev/dri/card1\nf proc/812/comm Xorg|",
	 "process 812 (Xorg) with /dev/dri/card1 open"},
	{"its render node", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nd " DEVICE "/drm/renderD129\nl proc/812/fd/3 /dev/dri/renderD129",
	 "process 812 with /dev/dri/renderD129 open"},
	{"another GPU's DRM node", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nl proc/812/fd/3 /dev/dri/card0\nl proc/812/fd/4 /dev/dri/card10",
	 ""},
	{"DRM nodes, and it is not known whose", 0x030000, "other",
	 "l proc/812/fd/3 /dev/dri/card0", "process 812 with /dev/dri/card0 open"},
	{"another GPU's, and this one is only kept", 0x030000, "pci-stub",
	 "l proc/812/fd/3 /dev/dri/card0", ""},
	{"mapped, and closed again", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nd proc/812/fd\nf proc/812/maps "
	 "7f00-7f10 r-xp 00000000 08:01 99  /usr/lib/libc.so.6|"
	 "7f10-7f20 rw-s 10000000 00:05 12  /dev/dri/card1|"
	 "7f20-7f30 rw-p 00000000 00:00 0|",
	 "process 812 with /dev/dri/card1 mapped"},
	{"opened and mapped: told once", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nl proc/812/fd/3 /dev/dri/card1\nl proc/812/fd/4 /dev/dri/card1\n"
	 "f proc/812/maps 7f10-7f20 rw-s 10000000 00:05 12  /dev/dri/card1|",
	 "process 812 with /dev/dri/card1 open"},
	{"two processes", 0x030000, "nouveau",
	 "d " DEVICE
	 "/drm/card1\nl proc/7/fd/3 /dev/dri/card1\nd proc/self\nl proc/8/fd/3 /dev/null\n"
	 "d proc/812/fd\nf proc/812/maps 7f10-7f20 rw-s 10000000 00:05 12  /dev/dri/card1|",
	 "process 7 with /dev/dri/card1 open; process 812 with /dev/dri/card1 mapped"},
	{"an accelerator's node", 0x120000, "habanalabs",
	 "d " DEVICE "/accel/accel2\nl proc/812/fd/3 /dev/accel/accel2",
	 "process 812 with /dev/accel/accel2 open"},
	{"amdgpu's node for all", 0x030000, "amdgpu",
	 "d " DEVICE "/drm/card1\nl proc/812/fd/3 /dev/kfd", "process 812 with /dev/kfd open"},
	{"a process on its framebuffer", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card1\nd " DEVICE "/graphics/fb1\nd sys/class/graphics/fb0\n"
	 "d sys/class/vtconsole/vtcon0\nl proc/812/fd/3 /dev/fb1",
	 "process 812 with /dev/fb1 open"},
	{"NVIDIA's node of that GPU", 0x030000, "nvidia",
	 "f proc/driver/nvidia/gpus/0000:01:00.0/information Model: X|Device Minor: \t 1|\n"
	 "l proc/812/fd/3 /dev/nvidia1",
	 "process 812 with /dev/nvidia1 open"},
	{"NVIDIA's node of another", 0x030000, "nvidia",
	 "f proc/driver/nvidia/gpus/0000:01:00.0/information Model: X|Device Minor: \t 1|\n"
	 "l proc/812/fd/3 /dev/nvidia0\nl proc/812/fd/4 /dev/nvidiactl",
	 ""},
	{"NVIDIA's, and it is not known whose", 0x030000, "nvidia",
	 "l proc/812/fd/3 /dev/nvidiactl", "process 812 with /dev/nvidiactl open"},
	{"a guest's vGPU", 0x030200, "nvidia",
	 MINOR_0 "d " DEVICE "/nvidia-222\nd " DEVICE "/4b20d080-1b54-4048-85b3-a6a62d165c01",
	 "mediated device 4b20d080-1b54-4048-85b3-a6a62d165c01"},
	{"vGPUs that nobody made", 0x030200, "nvidia",
	 MINOR_0 "d " DEVICE "/mdev_supported_types/nvidia-222", ""},
	{"its sound card's control", 0x040300, "snd_hda_intel",
	 "d " DEVICE "/sound/card1\nl proc/812/fd/3 /dev/snd/controlC1",
	 "process 812 with /dev/snd/controlC1 open"},
	{"its sound card's stream node", 0x040300, "snd_hda_intel",
	 "d " DEVICE "/sound/card1\nl proc/812/fd/3 /dev/snd/pcmC1D3p",
	 "process 812 with /dev/snd/pcmC1D3p open"},
	{"another sound card's", 0x040300, "snd_hda_intel",
	 "d " DEVICE "/sound/card1\nl proc/812/fd/3 /dev/snd/controlC11\n"
	 "l proc/812/fd/4 /dev/snd/pcmC0D1p\nl proc/812/fd/5 /dev/snd/seq",
	 ""},
	{"an open stream", 0x040300, "snd_hda_intel",
	 "d " DEVICE "/sound/card1\nf proc/asound/card1/pcm3p/sub0/status state: RUNNING|",
	 "audio stream card1/pcm3p"},
	{"a closed stream", 0x040300, "snd_hda_intel",
	 "d " DEVICE "/sound/card1\nf proc/asound/card1/pcm3p/sub0/status closed|", ""},
	{"a USB device", 0x0c0330, "xhci_hcd",
	 "d " DEVICE "/usb3/3-0:1.0\nd " DEVICE "/usb3/3-2\nd " DEVICE "/usb3/3-2:1.0",
	 "USB device 3-2"},
	{"a virtual machine, through the group", 0x030000, "vfio-pci",
	 "l proc/812/fd/3 /dev/vfio/7\nf proc/812/comm qemu-system-x86|",
	 "process 812 (qemu-system-x86) with /dev/vfio/7 open"},
	{"a virtual machine, through the device", 0x030000, "vfio-pci",
	 "d " DEVICE "/vfio-dev/vfio3\nl proc/812/fd/3 /dev/vfio/devices/vfio3",
	 "process 812 with /dev/vfio/devices/vfio3 open"},
	{"another group, and vfio itself", 0x030000, "vfio-pci",
	 "l proc/812/fd/3 /dev/vfio/70\nl proc/812/fd/4 /dev/vfio/vfio\nl proc/812/fd/5 /dev/dri/card0",
	 ""},
	{"the console", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card0\nd " DEVICE "/graphics/fb0\nd sys/class/graphics/fb0\n"
	 "f sys/class/vtconsole/vtcon0/name (S) dummy device|\nf sys/class/vtconsole/vtcon0/bind 0|\n"
	 "f sys/class/vtconsole/vtcon1/name (M) frame buffer device|\n"
	 "f sys/class/vtconsole/vtcon1/bind 1|",
	 "the console on framebuffer fb0"},
	{"the console is on another framebuffer", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card0\nd " DEVICE "/graphics/fb1\nd sys/class/graphics/fb0\n"
	 "d sys/class/graphics/fb1\nf sys/class/vtconsole/vtcon1/name (M) frame buffer device|\n"
	 "f sys/class/vtconsole/vtcon1/bind 1|",
	 ""},
	{"the console was taken off", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card0\nd " DEVICE "/graphics/fb0\nd sys/class/graphics/fb0\n"
	 "f sys/class/vtconsole/vtcon1/name (M) frame buffer device|\n"
	 "f sys/class/vtconsole/vtcon1/bind 0|",
	 ""},
	{"a framebuffer, and nothing is known of consoles", 0x030000, "nouveau",
	 "d " DEVICE "/drm/card0\nd " DEVICE "/graphics/fb0", "the console on framebuffer fb0"},
};

static int compare(const void *a, const void *b)
{
	const struct holder *ha = a, *hb = b;

	return ha->pid - hb->pid;
}

/* By process: unlike /proc, a tree has no order. */
static void join(struct holders *holders, char *buf, size_t size)
{
	size_t n = 0;

	qsort(holders->holder, holders->n, sizeof(holders->holder[0]), compare);

	buf[0] = '\0';
	for (size_t i = 0; i < holders->n; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "; " : "",
				      holders->holder[i].what);
}

static void test_rows(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct bound_function f = {
			{0, 1, 0, 0}, rows[i].class_code, rows[i].driver, 7};
		struct holders holders = {0};
		struct tree tree;
		char got[HOLDERS_MAX * (HOLD_TEXT_MAX + 2)];

		tree_make(&tree);
		tree_script(&tree, rows[i].tree);
		hold_find(&tree.root, &f, &holders);
		join(&holders, got, sizeof(got));
		(void)test_text(rows[i].name, got, rows[i].wanted);
		tree_remove(&tree);
	}
}

#define OVERLAY "/var/lib/containers/storage/overlay/0123456789abcdef0123456789abcdef/merged"
#define MINOR_1 "f proc/driver/nvidia/gpus/0000:01:00.0/information Device Minor: \t 1|\n"

/* What a node is called by who uses it, and which device it is. */
static const struct {
	const char *name, *driver, *tree;
	const char *node; /* below the root, and what the process has open or mapped */
	unsigned major, minor;
	const char *wanted;
} numbers[] = {
	{"a driver's own container", "nvidia",
	 MINOR_1 "l proc/812/fd/3 /run/nvidia/driver/dev/nvidia1\nf proc/812/comm persistenced|",
	 "run/nvidia/driver/dev/nvidia1", 195, 1,
	 "process 812 (persistenced) with /run/nvidia/driver/dev/nvidia1 open"},
	{"a name of its own", "nvidia", MINOR_1 "l proc/812/fd/3 /srv/gpu", "srv/gpu", 195, 1,
	 "process 812 with /srv/gpu open"},
	{"a name as long as an overlay's", "nvidia",
	 MINOR_1 "l proc/812/fd/3 " OVERLAY "/dev/nvidia1", OVERLAY "/dev/nvidia1" + 1, 195, 1,
	 "process 812 with /var/lib/containers/storage/overlay/0123456789abcd open"},
	{"another GPU under this one's name", "nvidia", MINOR_1 "l proc/812/fd/3 /dev/nvidia1",
	 "dev/nvidia1", 195, 0, ""},
	{"mapped there, and closed", "nvidia",
	 MINOR_1 "d proc/812/fd\nf proc/812/maps 07f10000-07f20000 rw-s 0 00:05 12  /srv/gpu|\n"
		 "l proc/812/map_files/7f10000-7f20000 /srv/gpu",
	 "srv/gpu", 195, 1, "process 812 with /srv/gpu mapped"},
	{"a DRM node in a container", "nouveau",
	 "f " DEVICE "/drm/card1/dev 226:1|\nl proc/812/fd/3 /box/dri/card0", "box/dri/card0", 226,
	 1, "process 812 with /box/dri/card0 open"},
	{"a group in a container", "vfio-pci",
	 "f sys/class/vfio/7/dev 240:3|\nl proc/812/fd/3 /box/7", "box/7", 240, 3,
	 "process 812 with /box/7 open"},
	{"whose it is, is not known", "nvidia", "l proc/812/fd/3 /box/dev/nvidia0",
	 "box/dev/nvidia0", 195, 0, "process 812 with /box/dev/nvidia0 open"},
};

static void test_numbers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct bound_function f = {{0, 1, 0, 0}, 0x030000, numbers[i].driver, 7};
		struct holders holders = {0};
		struct tree tree;
		char got[HOLDERS_MAX * (HOLD_TEXT_MAX + 2)];

		tree_make(&tree);
		tree_script(&tree, numbers[i].tree);
		if (tree_device(&tree, numbers[i].node,
				makedev(numbers[i].major, numbers[i].minor))) {
			hold_find(&tree.root, &f, &holders);
			join(&holders, got, sizeof(got));
			(void)test_text(numbers[i].name, got, numbers[i].wanted);
		}
		tree_remove(&tree);
	}
}

/* More than there is room for: the first ones, and nothing is overrun. */
static void test_many(void)
{
	const struct bound_function f = {{0, 1, 0, 0}, 0x030000, "vfio-pci", 7};
	struct holders holders = {0};
	struct tree tree;
	char path[32];

	tree_make(&tree);
	for (int pid = 1; pid <= 30; pid++) {
		(void)snprintf(path, sizeof(path), "proc/%d/fd/3", pid);
		tree_link(&tree, path, "/dev/vfio/7");
	}
	hold_find(&tree.root, &f, &holders);
	(void)test_int("as many as fit", (long)holders.n, HOLDERS_MAX);
	(void)test_int("all could be looked at", holders.unseen_pid, 0);
	tree_remove(&tree);
}

static void test_unbind(void)
{
	struct holders holders = {0};
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, "l proc/7/fd/3 /sys/bus/pci/drivers/snd_hda_intel/unbind\n"
			   "f proc/7/comm gpuclaim|\nl proc/8/fd/3 /sys/bus/usb/drivers/x/unbind");
	hold_find_unbind(&tree.root, &holders);
	(void)test_int("one", (long)holders.n, 1);
	(void)test_text("it", holders.holder[0].what,
			"process 7 (gpuclaim) with /sys/bus/pci/drivers/snd_hda_intel/unbind open");
	tree_remove(&tree);
}

TESTS(hold)
{
	test_rows();
	test_numbers();
	test_many();
	test_unbind();
	return test_done();
}
