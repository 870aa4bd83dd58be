/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/running/evidence.h"

#include <string.h>

#include "boot/running/running.h"
#include "tests/unit/test.h"

static void test_starters(void)
{
	static const struct {
		const char *cmdline;
		enum boot_starter starter;
	} rows[] = {
		{"BOOT_IMAGE=/boot/vmlinuz-6.1 root=/dev/sda2", STARTER_GRUB},
		{"BOOT_IMAGE=(hd0,gpt2)/vmlinuz-5.14 root=/dev/sda2", STARTER_GRUB},
		{"root=/dev/sda2 initrd=\\EFI\\debian\\initrd.img", STARTER_EFI},
		{"root=/dev/sda2 ro quiet", STARTER_ANY},
		{"", STARTER_ANY},
		/* zipl */
		{"root=/dev/dasda1 BOOT_IMAGE=0", STARTER_ANY},
		/* PXELINUX, iPXE, GRUB from the network */
		{"BOOT_IMAGE=vmlinuz initrd=initrd.img BOOTIF=01-52", STARTER_ANY},
		{"vmlinuz initrd=initrd.img root=/dev/sda2", STARTER_ANY},
		{"BOOT_IMAGE=(tftp,10.0.0.1)/vmlinuz root=/dev/nfs", STARTER_ANY},
		/* no words of their own */
		{"x.BOOT_IMAGE=/vmlinuz my_initrd=\\x", STARTER_ANY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *word = NULL;
		size_t n = 0;

		test_int(rows[i].cmdline, running_starter(rows[i].cmdline, &word, &n),
			 rows[i].starter);
	}
}

static void test_mounts(void)
{
	static const char *const mountinfo = "36 35 8:2 / / rw - ext4 /dev/sda2 rw\n"
					     "37 36 0:40 / /efi rw - autofs systemd-1 rw\n"
					     "38 37 8:1 / /efi rw shared:3 - vfat /dev/sda1 rw\n"
					     "39 36 0:41 / /pool rw - zfs rpool/data rw\n";
	char device[32];

	test_int("root", running_mount(mountinfo, "/", device, sizeof(device)), true);
	test_text("root", device, "8:2");
	test_int("the last one", running_mount(mountinfo, "/efi", device, sizeof(device)), true);
	test_text("the last one", device, "8:1");
	test_int("without a device", running_mount(mountinfo, "/pool", device, sizeof(device)),
		 false);
	test_int("not there", running_mount(mountinfo, "/boot", device, sizeof(device)), false);
	test_int("nothing", running_mount("", "/", device, sizeof(device)), false);
}

static const struct loader_kind grub = {.name = "grub", .starter = STARTER_GRUB},
				efi = {.name = "efi", .starter = STARTER_EFI},
				any = {.name = "any"};

/* Each kernel's root= and entry; what is said against it. */
static const struct {
	const char *name;
	const struct loader_kind *kind;
	struct evidence evidence;
	const char *first, *second, *entry, *against;
} rows[] = {
	{"no evidence", &grub, {0}, "root=UUID=1", NULL, NULL, ""},
	{"whatever starts it",
	 &any,
	 {.cmdline = (char *)"initrd=\\x root=UUID=2"},
	 "root=UUID=1",
	 NULL,
	 NULL,
	 ""},
	{"one of the kernels",
	 &grub,
	 {.cmdline = (char *)"root=UUID=2"},
	 "root=UUID=1",
	 "root=UUID=2",
	 NULL,
	 ""},
	{"none of them",
	 &grub,
	 {.cmdline = (char *)"root=UUID=2 ro"},
	 "root=UUID=1 ro",
	 "ro root=UUID=3",
	 NULL,
	 "the running kernel has root=UUID=2, and the kernels of /f have another root: "
	 "root=UUID=3"},
	{"a longer name",
	 &grub,
	 {.cmdline = (char *)"root=ZFS=rpool/ROOT/pve"},
	 "root=ZFS=rpool/ROOT/pve-1",
	 NULL,
	 NULL,
	 "the running kernel has root=ZFS=rpool/ROOT/pve, and the kernels of /f have another "
	 "root: root=ZFS=rpool/ROOT/pve-1"},
	{"quotes, which GRUB takes off",
	 &grub,
	 {.cmdline = (char *)"root=ZFS=rpool/ROOT/ubuntu_x"},
	 "root=ZFS=\"rpool/ROOT/ubuntu_x\" ro",
	 NULL,
	 NULL,
	 ""},
	{"disks change their names",
	 &grub,
	 {.cmdline = (char *)"root=/dev/sda2"},
	 "root=/dev/sdb2",
	 NULL,
	 NULL,
	 ""},
	{"a UUID in other letters",
	 &grub,
	 {.cmdline = (char *)"root=UUID=ab"},
	 "root=UUID=AB",
	 NULL,
	 NULL,
	 ""},
	{"two names of the device mapper",
	 &grub,
	 {.cmdline = (char *)"root=/dev/mapper/rhel-root"},
	 "root=/dev/mapper/fedora-root",
	 NULL,
	 NULL,
	 "the running kernel has root=/dev/mapper/rhel-root, and the kernels of /f have another "
	 "root: root=/dev/mapper/fedora-root"},
	{"another tag", &grub, {.cmdline = (char *)"root=UUID=2"}, "root=LABEL=a", NULL, NULL, ""},
	{"no root", &grub, {.cmdline = (char *)"root=UUID=2"}, "$kernelopts", NULL, NULL, ""},
	{"its entry, which counts its boots",
	 &efi,
	 {.cmdline = (char *)"root=UUID=1", .selected = (char *)"12-6.1+3-1.conf"},
	 "root=UUID=1",
	 NULL,
	 "efi/loader/entries/12-6.1+2-2.conf",
	 ""},
	{"an image",
	 &efi,
	 {.cmdline = (char *)"root=UUID=1", .selected = (char *)"12-6.1.efi"},
	 "root=UUID=1",
	 NULL,
	 "efi/loader/entries/34-6.1.conf",
	 "the running kernel was started by 12-6.1.efi (EFI variable LoaderEntrySelected), which "
	 "is none of its entries"},
};

static void test_judgement(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct boot_line line[] = {
			{.kind = BOOT_KERNEL,
			 .cmdline = (char *)rows[i].first,
			 .source = (char *)"/f",
			 .entry = (char *)rows[i].entry},
			{.kind = BOOT_KERNEL,
			 .cmdline = (char *)rows[i].second,
			 .source = (char *)"/f"},
		};
		struct boot_lines lines = {.line = line, .n = rows[i].second ? 2 : 1};
		struct loader loader = {.kind = rows[i].kind};
		char *seen = NULL;

		test_int(rows[i].name, evidence_judge(&rows[i].evidence, &loader, &lines, &seen),
			 0);
		test_text(rows[i].name, seen ? seen : "", rows[i].against);
		free(seen);
	}
}

TESTS(evidence)
{
	test_starters();
	test_mounts();
	test_judgement();
	return test_done();
}
