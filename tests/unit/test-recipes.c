/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipes.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define OPTIONS "options vfio-pci ids=10de:1c81\n"
#define STORE	"echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override\n"

/* One file, and what is found: "PLACE; PLACE". */
static const struct {
	const char *name, *path, *text, *expected;
} rows[] = {
	{"modprobe.d", "etc/modprobe.d/a.conf", "# old\n" OPTIONS,
	 "/etc/modprobe.d/a.conf:2 (ids=, modprobe.d)"},
	{"modprobe.d below /usr/local", "usr/local/lib/modprobe.d/a.conf", OPTIONS,
	 "/usr/local/lib/modprobe.d/a.conf:1 (ids=, modprobe.d)"},
	{"a stub's IDs", "etc/modprobe.d/a.conf", "options pci-stub ids=10de:1c81\n",
	 "/etc/modprobe.d/a.conf:1 (ids=, modprobe.d)"},
	{"another name", "etc/modprobe.d/notes.txt", OPTIONS, ""},
	{"a script in place of vfio-pci", "etc/modprobe.d/a.conf",
	 "install vfio-pci /usr/local/sbin/x.sh\n",
	 "/etc/modprobe.d/a.conf:1 (install, modprobe.d)"},
	{"a driver that is kept away", "etc/modprobe.d/a.conf",
	 "install nouveau /bin/false\nblacklist nouveau\n", ""},
	{"a softdep", "etc/modprobe.d/a.conf", "softdep nouveau pre: vfio-pci\n",
	 "/etc/modprobe.d/a.conf:1 (softdep, modprobe.d)"},
	{"a list of the initramfs", "etc/initramfs-tools/modules", "vfio_pci ids=10de:1c81\n",
	 "/etc/initramfs-tools/modules:1 (ids=, modules of the initramfs)"},
	{"a list without IDs", "etc/initramfs-tools/modules", "vfio_pci\n", ""},
	{"init-top", "etc/initramfs-tools/scripts/init-top/vfio", "#!/bin/sh\n" STORE,
	 "/etc/initramfs-tools/scripts/init-top/vfio:2 (driver_override, a script of the initramfs)"},
	{"an editor's copy", "etc/initramfs-tools/scripts/init-top/vfio~", STORE, ""},
	{"a user's dracut module", "usr/lib/dracut/modules.d/01vfio/run.sh", STORE,
	 "/usr/lib/dracut/modules.d/01vfio/run.sh:1 (driver_override, a dracut module)"},
	{"gpuclaim's dracut module", "usr/lib/dracut/modules.d/50gpuclaim/run.sh", STORE, ""},
	{"a hook of mkinitcpio", "etc/initcpio/hooks/vfio", STORE,
	 "/etc/initcpio/hooks/vfio:1 (driver_override, a hook of mkinitcpio)"},
	{"a udev rule", "etc/udev/rules.d/99-v.rules", "ATTR{driver_override}=\"vfio-pci\"\n",
	 "/etc/udev/rules.d/99-v.rules:1 (driver_override, a udev rule)"},
	{"a package's udev rule", "usr/lib/udev/rules.d/99-v.rules",
	 "ATTR{driver_override}=\"vfio-pci\"\n", ""},
	{"a unit", "etc/systemd/system/v.service", "[Service]\nExecStart=/opt/vfio-bind.sh\n",
	 "/etc/systemd/system/v.service:2 (a program that binds, a systemd unit)"},
	{"a unit's drop-in", "etc/systemd/system/x.service.d/a.conf",
	 "[Service]\nExecStartPre=/usr/sbin/driverctl set-override 0000:01:00.0 vfio-pci\n",
	 "/etc/systemd/system/x.service.d/a.conf:2 (driverctl set-override, a systemd unit)"},
	{"a hook of libvirt", "etc/libvirt/hooks/qemu.d/w/release/end/r.sh",
	 "virsh nodedev-reattach pci_0000_01_00_0\n",
	 "/etc/libvirt/hooks/qemu.d/w/release/end/r.sh:1 (virsh nodedev, a hook of libvirt)"},
	{"rc.local", "etc/rc.local", "echo 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id\n",
	 "/etc/rc.local:1 (new_id, a boot script)"},
	{"a script", "usr/local/sbin/v.sh", "#!/bin/sh\n" STORE,
	 "/usr/local/sbin/v.sh:2 (driver_override, a script)"},
	{"a program", "usr/local/bin/v", "\177ELF\n" STORE, ""},
	{"arguments", "proc/cmdline", "ro pci-stub.ids=10de:1c81 -- vfio_pci.ids=1:2\n",
	 "pci-stub.ids=10de:1c81 on the kernel command line"},
	{"a file where a folder belongs", "etc/udev/rules.d", STORE, ""},
};

/* Unread ones stand behind a '|'. */
static void join(const struct recipes *recipes, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < recipes->found.n; i++)
		text_join(buf, size, "; ", recipes->found.text[i]);
	for (size_t i = 0; i < recipes->unread.n; i++)
		text_join(buf, size, "| ", recipes->unread.text[i]);
}

static void check(const char *name, const struct tree *tree, const char *expected)
{
	struct recipes recipes = {0};
	char got[1024];

	if (!test_int(name, recipes_read(&tree->root, NULL, &recipes), 0))
		return;
	join(&recipes, got, sizeof(got));
	test_text(name, got, expected);
	recipes_free(&recipes);
}

static void test_places(void)
{
	struct tree tree;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_make(&tree);
		tree_file(&tree, rows[i].path, rows[i].text);
		check(rows[i].name, &tree, rows[i].expected);
		tree_remove(&tree);
	}
}

static void test_trees(void)
{
	static const struct {
		const char *name, *script, *expected;
	} trees[] = {
		{"nothing", "", ""},
		{"an empty file hides another",
		 "f etc/modprobe.d/c.conf \nf usr/lib/modprobe.d/c.conf options vfio-pci ids=1:2|\n",
		 ""},
		{"each folder of modprobe.d",
		 "f etc/modprobe.d/a.conf options vfio-pci ids=1:2|\n"
		 "f run/modprobe.d/b.conf options vfio-pci ids=1:2|\n",
		 "/etc/modprobe.d/a.conf:1 (ids=, modprobe.d); "
		 "/run/modprobe.d/b.conf:1 (ids=, modprobe.d)"},
		{"an override of a GPU",
		 "f etc/driverctl.d/pci-0000:01:00.0 vfio-pci|\n"
		 "f sys/bus/pci/devices/0000:01:00.0/class 0x030000|\n",
		 "/etc/driverctl.d/pci-0000:01:00.0 (driverctl's override)"},
		{"an override to another driver",
		 "f etc/driverctl.d/pci-0000:01:00.0 nvidia|\n"
		 "f sys/bus/pci/devices/0000:01:00.0/class 0x030000|\n",
		 ""},
		{"an override of a network function",
		 "f etc/driverctl.d/pci-0000:01:00.0 vfio-pci|\n"
		 "f sys/bus/pci/devices/0000:01:00.0/class 0x020000|\n",
		 ""},
		{"links in a circle",
		 "f etc/libvirt/hooks/qemu.d/a nothing|\nl etc/libvirt/hooks/qemu.d/b ..\n", ""},
		{"a link that can't be followed",
		 "d etc/udev/rules.d\nl etc/udev/rules.d/a.rules a.rules\n",
		 "/etc/udev/rules.d/a.rules: Too many levels of symbolic links"},
	};
	struct tree tree;

	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		tree_make(&tree);
		tree_script(&tree, trees[i].script);
		check(trees[i].name, &tree, trees[i].expected);
		tree_remove(&tree);
	}
}

/* Files that no tool reads for the end of their names. */
static void test_ignored(void)
{
	static const char script[] =
		"f etc/modprobe.d/vfio options vfio-pci disable_idle_d3=1|\n"
		"f etc/modprobe.d/gpu.config blacklist nouveau|\n"
		"f etc/modprobe.d/sound options snd_hda_intel power_save=0|\n"
		"f etc/modprobe.d/vfio.conf.bak options vfio-pci ids=1:2|\n"
		"f etc/modprobe.d/README vfio|\n"
		"f etc/modules-load.d/vfio.txt vfio-pci|\n"
		"f etc/mkinitcpio.conf.d/vfio MODULES+=(vfio_pci)|\n"
		"f etc/dracut.conf.d/vfio add_drivers+=vfio_pci|\n"
		"f etc/gpuclaim/gpuclaim.conf.d/site claim 10de:1c81|\n"
		"f etc/gpuclaim/gpuclaim.conf.d/60-setup.conf claim 10de:1c81|\n"
		"f etc/systemd/system/nova-compute.service.d/env [Service]|\n"
		"f etc/systemd/system/cron.service.d/env [Service]|\n";
	static const char *const expected[] = {
		"/etc/gpuclaim/gpuclaim.conf.d/site",
		"/etc/dracut.conf.d/vfio",
		"/etc/mkinitcpio.conf.d/vfio",
		"/etc/modprobe.d/gpu.config",
		"/etc/modprobe.d/vfio",
		"/etc/modules-load.d/vfio.txt",
		"/etc/systemd/system/nova-compute.service.d/env",
	};
	struct recipes recipes;
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, script);
	if (test_int("ignored", recipes_read(&tree.root, NULL, &recipes), 0)) {
		(void)test_int("how many are ignored", (long)recipes.ignored.n,
			       ARRAY_SIZE(expected));
		for (size_t i = 0; i < recipes.ignored.n && i < ARRAY_SIZE(expected); i++)
			test_text(expected[i], recipes.ignored.text[i], expected[i]);
		recipes_free(&recipes);
	}
	tree_remove(&tree);
}

TESTS(recipes)
{
	test_ignored();
	test_places();
	test_trees();
	return test_done();
}
