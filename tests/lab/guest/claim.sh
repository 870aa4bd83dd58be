# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2086  # $within is a command with its arguments, or nothing
# Words for tests of the early-boot helper, on top of lib.sh. A case is
#
#	fresh NAME; (what the case prepares); decide; (what comes after it)
#
# and decisions.py reads what they print: "LAB step", "LAB dry", "LAB record", "LAB log".

# fresh NAME: the machine as it was before any claim, for one more case.
fresh() {
	umount /proc/cmdline 2>/dev/null
	for d in /sys/bus/pci/devices/*; do
		[ ! -e "/sys/bus/pci/drivers/vfio-pci/${d##*/}" ] || echo "${d##*/}" >"$d/driver/unbind"
		read -r override <"$d/driver_override"
		[ "$override" = "(null)" ] || echo >"$d/driver_override"
	done
	rm -rf /run/gpuclaim /etc/gpuclaim /usr/lib/gpuclaim /etc/modprobe.d /etc/initrd-release
	mkdir -p /etc/gpuclaim/gpuclaim.conf.d /etc/modprobe.d
	[ ! -e /sys/module/vfio_pci ] || modprobe -r vfio-pci vfio_iommu_type1
	dmesg -c >/dev/null
	within=
	begin "$1"
}

# cmdline WORDS...: added to the kernel command line, as every reader of it sees it.
cmdline() {
	umount /proc/cmdline 2>/dev/null
	read -r line </proc/cmdline
	echo "$line $*" >/tmp/cmdline
	mount --bind /tmp/cmdline /proc/cmdline
}

# step NAME: how the machine is now; marks the moment in the cards' logs, too.
step() {
	ask "mark $1" >/dev/null
	echo "LAB step $1"
	facts
}

# told KIND COMMAND...: its output, and its status.
told() {
	kind=$1
	shift
	"$@" >/tmp/told.out 2>/tmp/told.err
	status=$?
	while read -r line; do
		echo "LAB $kind $line"
	done </tmp/told.out
	while read -r line; do
		echo "LAB err $line"
	done </tmp/told.err
	echo "LAB status $kind $status"
}

# records: the boot's, and one a function.
records() {
	for f in /run/gpuclaim/*; do
		[ -f "$f" ] || continue
		[ "${f%lock}" = "$f" ] || continue
		verdict='' driver='' why=''
		while IFS='=' read -r key value; do
			case $key in
			VERDICT) verdict=$value ;;
			DRIVER) driver=$value ;;
			WHY) why=$value ;;
			esac
		done <"$f"
		echo "LAB record ${f##*/} ${verdict:--} ${driver:--} $why"
	done
}

# kernel_log KIND: what gpuclaim said there since the last time.
kernel_log() {
	dmesg -c >/tmp/dmesg
	sed -n "s/^\[[^]]*\] gpuclaim: /LAB $1 /p" /tmp/dmesg
}

dry_run() {
	step before
	told dry $within gpuclaim boot --dry-run
	step dry
}

# after_run: what a run left behind.
after_run() {
	records
	kernel_log log
	step after
}

# decide: what gpuclaim would do, and then does.
decide() {
	dry_run
	told boot $within gpuclaim boot
	after_run
}

# natives: the drivers that gpuclaim keeps away.
natives() {
	modprobe nouveau
	modprobe snd_hda_intel
	step natives
}

# native MODULE ADDRESS: has a function bound to its native driver.
native() {
	modprobe "$1"
	[ -e "/sys/bus/pci/devices/$2/driver" ] || echo "$2" >/sys/bus/pci/drivers_probe
	wait_for 10 [ -e "/sys/bus/pci/devices/$2/driver" ]
}

# as_vendor VENDOR ADDRESS...: to gpuclaim these functions are of that vendor, four upper-case digits.
as_vendor() {
	vendor=$1
	shift
	for function; do
		[ ! -e "/tmp/modalias.$function" ] || continue
		sed "s/:v0000....d/:v0000${vendor}d/" "/sys/bus/pci/devices/$function/modalias" \
			>"/tmp/modalias.$function"
		mount --bind "/tmp/modalias.$function" "/sys/bus/pci/devices/$function/modalias"
	done
}

# hold COMMAND...: starts it and stops it where it is about to load vfio-pci, overrides
# written: libkmod waits for the writer of a named pipe among its configuration files.
hold() {
	mkfifo /etc/modprobe.d/hold.conf
	"$@" >/tmp/held.out 2>&1 &
	held=$!
	wait_for 20 grep -q vfio-pci /sys/bus/pci/devices/*/driver_override
}

# let_go: the command goes on, and ends.
let_go() {
	exec 9>/etc/modprobe.d/hold.conf
	rm /etc/modprobe.d/hold.conf
	exec 9>&-
	wait "$held"
	echo "LAB held-status $?"
	told held cat /tmp/held.out
}

# remove ADDRESS...: as if they had never been found, until `rescan`.
remove() {
	for address; do
		echo 1 >"/sys/bus/pci/devices/$address/remove"
	done
}

# rescan ADDRESS...: finds what was removed, these functions among it.
rescan() {
	echo 1 >/sys/bus/pci/rescan
	arrived "$@"
}

# arrived ADDRESS...: waits for these functions.
arrived() {
	for address; do
		wait_for 60 [ -e "/sys/bus/pci/devices/$address/iommu_group" ]
	done
}
