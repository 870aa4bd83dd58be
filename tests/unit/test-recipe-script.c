/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/script.h"

#include "tests/unit/test.h"

static const struct {
	const char *line, *does;
} rows[] = {
	{"", NULL},
	{"echo vfio-pci > /sys/bus/pci/devices/$d/driver_override", "driver_override"},
	{"  # echo vfio-pci > $d/driver_override", NULL},
	{"modprobe vfio-pci # not driver_override", NULL},
	{"echo \"a # b\" > $d/driver_override", "driver_override"},
	{"; driver_override", NULL},
	{"echo $#; echo x >$d/driver_override", "driver_override"},
	{"ATTR{vendor}==\"0x10de\", ATTR{driver_override}=\"vfio-pci\"", "driver_override"},
	{"ATTR{driver_override}==\"vfio-pci\", GOTO=\"end\"", NULL},
	{"ATTR{driver_override}!=\"vfio-pci\", ATTR{driver_override}=\"vfio-pci\"",
	 "driver_override"},
	{"my_driver_override_file=x", NULL},
	{"driverctl set-override 0000:01:00.0 vfio-pci", "driverctl set-override"},
	{"driverctl list-overrides", NULL},
	{"echo 10de 1c81 > /sys/bus/pci/drivers/vfio-pci/new_id", "new_id"},
	{"echo 1234 5678 > /sys/bus/usb-serial/drivers/generic/new_id", NULL},
	{"modprobe pci-stub ids=10de:1c81", "pci-stub"},
	{"echo 0000:01:00.0 > /sys/bus/pci/drivers/pci-stub/bind", "pci-stub"},
	{"modprobe vfio-pci ids=10de:1c81", "ids="},
	{"kernel_cmdline+=\" vfio-pci.ids=10de:1c81 \"", "ids="},
	{"modprobe -i vfio-pci", NULL},
	{"qemu-system-x86_64 -device vfio-pci,host=01:00.0", NULL},
	{"SUBSYSTEM==\"vfio\", GROUP=\"kvm\"", NULL},
	{"virsh nodedev-detach pci_0000_01_00_0", "virsh nodedev"},
	{"virsh nodedev-reattach pci_0000_01_00_0", "virsh nodedev"},
	{"virsh nodedev-list --cap pci", NULL},
	{"echo 0000:01:00.0 > /sys/bus/pci/drivers/nouveau/unbind", "unbind"},
	{"echo $1 > \"$dev/driver/unbind\"", "unbind"},
	{"echo 0000:01:00.0 >/sys/bus/pci/drivers/vfio-pci/bind; sleep 1", "bind"},
	{"echo 1-1 > /sys/bus/usb/drivers/usb/unbind", NULL},
	{"echo 0 > /sys/class/vtconsole/vtcon0/bind", NULL},
	{"echo 0 > $vtcon/bind", NULL},
	{"echo efi-framebuffer.0 > /sys/bus/platform/drivers/efi-framebuffer/unbind", NULL},
	{"named -c /etc/bind/named.conf", NULL},
	{"mount --bind /a /b", NULL},
	{"ExecStart=/usr/local/sbin/vfio-bind.sh", "a program that binds"},
	{"RUN+=\"/usr/local/bin/vfio-pci-override.sh %k\"", "a program that binds"},
	{"After=vfio-bind.service", NULL},
	{"Description=bind GPUs to vfio", NULL},
};

TESTS(recipe_script)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *does = script_line_does(rows[i].line);

		test_text(rows[i].line, does ? does : "", rows[i].does ? rows[i].does : "");
		if (does)
			test_int(rows[i].line, script_may_do(rows[i].line), true);
	}
	test_int("a script of something else", script_may_do("#!/bin/sh\nmodprobe ext4\n"), false);
	return test_done();
}
