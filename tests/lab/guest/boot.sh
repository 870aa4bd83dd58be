# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Words for what a full guest's boot left behind, on top of lib.sh; boots.py reads them.

# look CASE: the functions, the modules, the records, and gpuclaim's part of the logs.
look() {
	begin "$1"
	facts
	while read -r name rest; do
		echo "LAB module $name"
	done </proc/modules
	for f in /run/gpuclaim/*; do
		[ -f "$f" ] && [ -s "$f" ] || continue
		while read -r line; do
			echo "LAB record ${f##*/} $line"
		done <"$f"
	done
	dmesg >/tmp/dmesg
	sed -n 's/^\[ *[0-9.]*\] gpuclaim: /LAB log /p' /tmp/dmesg
	[ -e /usr/lib/initrd-release ] && return
	journalctl --sync # what it has been sent, and has yet to write
	journalctl -b -q -o cat _TRANSPORT=syslog _TRANSPORT=journal SYSLOG_IDENTIFIER=gpuclaim |
		sed 's/^/LAB syslog /'
}

# status CASE: the companion's answer.
status() {
	begin "$1"
	run gpuclaimctl status --json
}

# began UNIT..., ended UNIT...: when, in microseconds; 0: never.
began() {
	for unit; do
		echo "LAB began $unit $(systemctl show --value -p InactiveExitTimestampMonotonic "$unit")"
	done
}

ended() {
	for unit; do
		echo "LAB ended $unit $(systemctl show --value -p InactiveEnterTimestampMonotonic "$unit")"
	done
}

# pull_out ADDRESS...: takes functions out of the kernel's view; "rescan" finds them again.
pull_out() {
	for address; do
		echo 1 >"/sys/bus/pci/devices/$address/remove"
	done
}

rescan() {
	echo 1 >/sys/bus/pci/rescan
	udevadm settle
}

# coldplug_again: the devices for which the rule starts the helper in a second coldplug.
coldplug_again() {
	begin coldplug
	mv /usr/lib/udev/gpuclaim /usr/lib/udev/gpuclaim.real
	# shellcheck disable=SC2016 # for the script that stands in
	printf '#!/bin/sh\necho "${DEVPATH##*/}" >>/run/started\n' >/usr/lib/udev/gpuclaim
	chmod 755 /usr/lib/udev/gpuclaim
	udevadm trigger --action=add
	udevadm settle
	mv /usr/lib/udev/gpuclaim.real /usr/lib/udev/gpuclaim
	run cat /run/started
}
