/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/whole.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text_buffer.h"
#include "tests/unit/test.h"

#define STORE(value, path) "echo " value " > /sys/bus/pci/" path "\n"
#define OVERRIDE	   STORE("vfio-pci", "devices/$d/driver_override")
#define OF(address)	   "for d in " address "; do\n" OVERRIDE "done\n"
#define ONE		   "0000:01:00.0"

/* What is expected: "more LINE", "returns LINE", "gives", addresses, IDs, "/FILE"s. */
static const struct {
	enum recipe_file file;
	const char *text, *is;
} rows[] = {
	{RECIPE_SCRIPT, "#!/bin/sh\n" OF(ONE " 0000:01:00.1"), "gives 0000:01:00.0 0000:01:00.1"},
	{RECIPE_SCRIPT, "#!/bin/sh -e\nD='" ONE "'\nfor d in $D; do " OVERRIDE "done\n",
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 "#!/bin/sh\nPREREQ=\"\"\nprereqs()\n{\n\techo \"$PREREQ\"\n}\ncase $1 in\n"
	 "prereqs) prereqs; exit 0;;\nesac\n. /usr/share/initramfs-tools/scripts/functions\n"
	 "modprobe -i vfio-pci\n" OF("01:00.0"),
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 "if [ ! -z \"$(ls -A /sys/class/iommu)\" ]; then\n" OF(ONE) "fi 2>/dev/null\n",
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE("10de 1c81", "drivers/vfio-pci/new_id"), "gives 10de:1c81"},
	{RECIPE_SCRIPT, STORE("\"0x10de 0x1c81\"", "drivers/pci-stub/new_id"), "more 1 gives"},
	{RECIPE_SCRIPT, "modprobe vfio-pci ids=10de:1c81,10de:0fb9 disable_vga=1\n",
	 "gives 10de:1c81,10de:0fb9"},
	{RECIPE_SCRIPT, "echo vfio-pci | tee /sys/bus/pci/devices/" ONE "/driver_override\n",
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "echo -n vfio-pci > /sys/bus/pci/devices/" ONE "/driver_override\n",
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "echo | tee /sys/bus/pci/devices/" ONE "/driver_override\n",
	 "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, "tee /sys/bus/pci/devices/" ONE "/driver_override\n",
	 "more 1 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE(ONE, "drivers/nvidia/unbind"), "0000:01:00.0"},
	{RECIPE_SCRIPT, STORE(ONE, "drivers/nvidia/unbind") STORE(ONE, "drivers/vfio-pci/bind"),
	 "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE(ONE, "drivers/vfio-pci/unbind") STORE(ONE, "drivers/nvidia/bind"),
	 "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE(ONE, "drivers/vfio-pci/unbind") STORE(ONE, "drivers_probe"),
	 "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE("nvidia", "devices/" ONE "/driver_override"),
	 "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, STORE("", "devices/" ONE "/driver_override"), "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, ">/run/a\n" OF(ONE), "more 1 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "virsh nodedev-detach pci_0000_01_00_0\n", "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "virsh nodedev-reattach pci_0000_01_00_0\n", "returns 1 0000:01:00.0"},
	{RECIPE_SCRIPT, "driverctl set-override 0000:01:00.0 vfio-pci\n", "gives 0000:01:00.0"},
	/* it does more */
	{RECIPE_SCRIPT, OF(ONE) "systemctl stop gdm\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) STORE("on", "devices/" ONE "/power/control"),
	 "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "> /etc/motd\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "x=$(rm -f /etc/motd)\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "x=$(cat /etc/motd > /tmp/x)\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "cat <<E\n" ONE "\nE\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "modprobe -r nvidia\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "echo 1 > /sys/bus/pci/rescan\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "#!/usr/bin/python3\n" OF(ONE), "more 1 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "(\numount /srv)\n", "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "(\n:\n) && umount /srv\n", "more 6 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "(\n:\n)\n", "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "umount /srv)\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "case $(mount) in a) :;; esac\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "case $1 in a) exit 0;; esac\n" OF(ONE), "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "/opt/site/info\n", "gives 0000:01:00.0 /opt/site/info"},
	{RECIPE_SCRIPT, OF(ONE) "/opt/test --all\n", "gives 0000:01:00.0 /opt/test"},
	{RECIPE_SCRIPT, OF(ONE) "/opt/modprobe vfio\n", "gives 0000:01:00.0 /opt/modprobe"},
	{RECIPE_SCRIPT, OF(ONE) "/usr/bin/test -e /srv\n", "gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "[ -n \"$(mount /srv)\" ]\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "logger \"`mount /srv`\"\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "x=\"$(cat /etc/x $(mount /srv))\"\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "true <$(mount /srv)\n", "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 OF(ONE) "for v in vtcon0 vtcon1; do echo 0 > /sys/class/vtconsole/$v/bind; done\n",
	 "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "D=nouveau\n" STORE(ONE, "drivers/$D/bind"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "D=nouveau\n" STORE("$D", "devices/" ONE "/driver_override"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 OF(ONE) "for D in nvidia nouveau; do\n" STORE(ONE, "drivers/$D/unbind") "done\n",
	 "gives 0000:01:00.0"},
	/* put together by the shell: it can't be told to which functions */
	{RECIPE_SCRIPT, OF(ONE) "N=0000:07:00\n" STORE("vfio-pci", "devices/$N.0/driver_override"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 OF(ONE) "N=0000:07:00.\n" STORE("vfio-pci", "devices/${N}0/driver_override"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 OF(ONE) "for b in 01 07; do\n" STORE("vfio-pci",
					      "devices/0000:$b:00.0/driver_override") "done\n",
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "b=07\n" STORE("0000:$b:00.0", "drivers/vfio-pci/bind"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "b=07\nvirsh nodedev-detach pci_0000_${b}_00_0\n",
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "b=07; N=0000:$b:00.0\n" STORE("$N", "drivers/vfio-pci/bind"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF("0000:{01,07}:00.0 " ONE), "more 2 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) STORE("10000:07:00.0", "drivers/vfio-pci/bind"),
	 "more 4 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "V=8086; D=1520\n" STORE("$V $D", "drivers/vfio-pci/new_id"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, OF(ONE) "I='0x8086 0x1520'\n" STORE("$I", "drivers/vfio-pci/new_id"),
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT,
	 "for i in '10de 1c81' '10de 0fb9'; do\n" STORE("$i", "drivers/vfio-pci/new_id") "done\n",
	 "gives 10de:1c81 10de:0fb9"},
	{RECIPE_SCRIPT, OF(ONE) "I=10de:1c81,8086:1520\nmodprobe vfio-pci ids=$I\n",
	 "more 5 gives 0000:01:00.0"},
	{RECIPE_SCRIPT, "G=" ONE "; A=0000:01:00.1\nL=\"$G ${A}\"\n" OF("$L"),
	 "gives 0000:01:00.0 0000:01:00.1"},
	/* it can't be told to which functions */
	{RECIPE_SCRIPT, "d=$1\n" OVERRIDE, "more 2"},
	{RECIPE_SCRIPT, OF("/sys/bus/pci/devices/*"), "more 2"},
	{RECIPE_SCRIPT, "for d in $(lspci -Dn); do\n" OVERRIDE "done\n", "more 2"},
	{RECIPE_SCRIPT, OVERRIDE, "more 1"},
	{RECIPE_SCRIPT, "d=" ONE "\nd=$(cat /etc/gpu)\n" OVERRIDE, "more 3 0000:01:00.0"},
	{RECIPE_UNIT,
	 "[Unit]\nBefore=libvirtd.service\n[Service]\nType=oneshot\nExecStart=/bin/sh -c 'echo "
	 "vfio-pci > \\\n  /sys/bus/pci/devices/0000:01:00.0/driver_override'\n",
	 "gives 0000:01:00.0"},
	{RECIPE_UNIT,
	 "[Service]\nExecStart=-/bin/bash -c \"for d in 0000:01:00.0; do echo vfio-pci > "
	 "/sys/bus/pci/devices/$$d/driver_override; done\"\n",
	 "gives 0000:01:00.0"},
	{RECIPE_UNIT, "[Service]\nExecStart=/usr/local/sbin/vfio-bind.sh\n",
	 "/usr/local/sbin/vfio-bind.sh"},
	{RECIPE_UNIT,
	 "[Service]\nExecStart=/bin/sh -c 'echo vfio-pci > "
	 "/sys/bus/pci/devices/%i/driver_override'\n",
	 "more 2"},
	{RECIPE_UNIT,
	 "[Service]\n  ExecStart = /usr/local/sbin/vfio-bind.sh\n\tExecStop=/bin/umount /srv\n",
	 "/usr/local/sbin/vfio-bind.sh /bin/umount"},
	{RECIPE_UNIT, "[Service]\nType = exec\nExecStart=/usr/local/sbin/vfio-bind.sh\n",
	 "/usr/local/sbin/vfio-bind.sh"},
	{RECIPE_UNIT, "[Service]\nType=notify\nExecStart=/usr/local/sbin/vfio-bind.sh\n",
	 "more 2 /usr/local/sbin/vfio-bind.sh"},
	{RECIPE_UNIT, "[Service]\nType = forking\nExecStart=/usr/local/sbin/vfio-bind.sh\n",
	 "more 2 /usr/local/sbin/vfio-bind.sh"},
	{RECIPE_RULES,
	 "ACTION==\"add\", SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x10de\", "
	 "ATTR{device}==\"0x1c81\", ATTR{driver_override}=\"vfio-pci\"\n",
	 "gives 10de:1c81:ffffffff:ffffffff:0:0"},
	{RECIPE_RULES,
	 "# all\nSUBSYSTEM==\"pci\", ATTR{vendor}==\"0x10de\", \\\n  ATTR{class}==\"0x030000\", "
	 "RUN+=\"/bin/sh -c 'echo vfio-pci > /sys$devpath/driver_override'\"\n",
	 "gives 10de:ffffffff:ffffffff:ffffffff:30000:ffffff"},
	{RECIPE_RULES,
	 "SUBSYSTEM==\"pci\", KERNEL==\"0000:01:00.0\", RUN+=\"/bin/sh -c 'echo vfio-pci > "
	 "/sys/bus/pci/devices/%k/driver_override'\"\nKERNEL==\"sda\", NAME=\"x\"\n",
	 "gives 0000:01:00.0"},
	{RECIPE_RULES,
	 "KERNEL==\"0000:01:00.0\", ATTR{power/control}=\"on\", "
	 "ATTR{driver_override}=\"vfio-pci\"\n",
	 "more 1 gives 0000:01:00.0"},
	{RECIPE_RULES, "SUBSYSTEM==\"pci\", ATTR{driver_override}=\"vfio-pci\"\n", "more 1 gives"},
};

static void add_list(struct text_buffer *to, const char *before, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		bool again = i && strcmp(list->text[i], list->text[i - 1]) == 0;

		if (!again)
			text_addf(to, " %s%s", before, list->text[i]);
	}
}

static char *tell(const struct whole *whole)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	if (whole->more)
		text_addf(&to, " more %u", whole->more);
	if (whole->returns)
		text_addf(&to, " returns %u", whole->returns);
	text_add(&to, whole->gives ? " gives" : "");
	add_list(&to, "", &whole->addresses);
	add_list(&to, "", &whole->ids);
	add_list(&to, "/", &whole->calls);
	return text_take_or_null(&to);
}

TESTS(whole)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct whole whole _cleanup_(whole_free) = {0};
		_cleanup_free_ char *is = NULL;
		char name[16];

		(void)snprintf(name, sizeof(name), "row %zu", i);
		if (whole_judge(rows[i].text, rows[i].file, &whole) == 0)
			is = tell(&whole);
		test_text(name, is ? is + strspn(is, " ") : "no memory", rows[i].is);
	}
	return test_done();
}
