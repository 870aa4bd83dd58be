# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What a guest's script may use. Lines that begin with "LAB" are for lab.py.

# mark N: numbers this moment in the access log of every card.
mark() {
	for config in /sys/bus/pci/devices/*/config; do
		read -r vendor <"${config%config}vendor"
		case $vendor in
		0x10de | 0x1002)
			# shellcheck disable=SC2059  # the octal escape is the data
			printf "\\$(printf %03o "$1")\\0\\0\\0" |
				dd of="$config" bs=4 seek=60 count=1 conv=notrunc 2>/dev/null
			;;
		esac
	done
	echo "LAB mark $1"
}

# facts [ADDRESS]...: one line a function, of all functions by default. No process is
# started for it: it is called often, and a fork is dear in an emulated machine.
facts() {
	[ $# -gt 0 ] || set -- /sys/bus/pci/devices/*
	for address; do
		address=${address##*/}
		d=/sys/bus/pci/devices/$address
		[ -d "$d" ] || continue
		driver=-
		group=-
		while IFS='=' read -r key value; do
			[ "$key" != DRIVER ] || driver=$value
		done <"$d/uevent"
		for g in /sys/kernel/iommu_groups/*/devices/"$address"; do
			[ ! -e "$g" ] || group=${g#/sys/kernel/iommu_groups/}
		done
		read -r vendor <"$d/vendor"
		read -r device <"$d/device"
		read -r class <"$d/class"
		read -r override <"$d/driver_override"
		echo "LAB dev $address id=${vendor#0x}:${device#0x} class=${class#0x}" \
			"driver=$driver override=$override group=${group%%/*}"
	done
}

# ask NAME: lets the test do something outside; prints what it answers.
ask() {
	echo "LAB ask $1" >/dev/ttyS1
	read -r answer </dev/ttyS1
	echo "$answer"
}

# begin NAME: what follows belongs to this case, until the next.
begin() {
	echo "LAB case $1"
}

# run COMMAND...: its output line by line, and its exit status.
run() {
	"$@" >/tmp/run.out 2>&1
	status=$?
	awk '{ print "LAB out " $0 }' /tmp/run.out	# ends the last line, too
	echo "LAB rc $status"
}

# wait_for SECONDS COMMAND...: until it succeeds, at most so long.
wait_for() {
	left=$(($1 * 5))
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.2
	done
}

# Busybox would prefer its own, which knows neither softdeps nor all of modprobe.d.
modprobe() {
	/usr/sbin/modprobe "$@"
}

# bind_by_hand ADDRESS...: what gpuclaim does, for tests of the lab itself.
bind_by_hand() {
	modprobe vfio-pci
	for address; do
		echo vfio-pci >"/sys/bus/pci/devices/$address/driver_override"
		echo "$address" >/sys/bus/pci/drivers_probe
	done
}
