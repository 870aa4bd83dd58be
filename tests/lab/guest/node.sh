# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Words for a node that boots from its own disk, on top of lib.sh and boot.sh.

# install_product: what a package would have put there, and what its scripts do.
install_product() {
	cp -a --no-preserve=ownership /run/lab/stage/. /
	# Or the next boot would take the newer /usr for an update of the whole system.
	touch -r /usr /etc/.updated /var/.updated
	systemctl daemon-reload
	udevadm control --reload
}

# The node's files, each with what it is and holds; not what programs make of them.
sums() {
	set -- -xdev ! -path '/boot/initrd.img-*' ! -path /boot/grub/grubenv
	find /etc /boot /usr/local /var/lib/gpuclaim "$@" -printf '%M %u %g %p %l\n' 2>/dev/null
	find /etc /boot /usr/local /var/lib/gpuclaim "$@" -type f -exec sha256sum {} + 2>/dev/null
}

# remember: how the node's files are now, for "compare", in this boot or another.
# Debian 12's menu of GRUB has an entry of the firmware where the running kernel can ask it, and its
# real-time kernel can't: without that entry the menu does not depend on who makes it.
remember() {
	if [ -x /etc/grub.d/30_uefi-firmware ]; then
		chmod -x /etc/grub.d/30_uefi-firmware
		update-grub >/dev/null 2>&1
	fi
	sums | sort >/root/before
}

# compare CASE: one line for each difference.
compare() {
	begin "$1"
	sums | sort | diff /root/before - | sed -n 's/^[<>]/LAB differs &/p'
	echo "LAB compared $(wc -l </root/before)"
}

# own CASE: what is ours in each image.
own() {
	begin "$1"
	for image in /boot/initrd.img-*; do
		if [ -d /etc/initramfs-tools ]; then
			lsinitramfs "$image"
		else
			lsinitrd "$image" | awk '{ print $NF }'
		fi >/run/names
		echo "LAB image $image $(wc -l </run/names)"
		grep gpuclaim /run/names | sed "s|^|LAB own $image |"
	done
}

# next KERNEL [KIND]: the next boot, and no other, takes this entry ("advanced" or "recovery").
next() {
	id=$(sed -n "s/.*menuentry_id_option '\(gnulinux-advanced-[^']*\)'.*/\1/p" /boot/grub/grub.cfg)
	grub-reboot "$id>gnulinux-$1-${2-advanced}-${id#gnulinux-advanced-}"
}

# verb CASE COMMAND...: what a verb of the companion prints, as JSON, what it says, its exit status.
verb() {
	begin "$1"
	shift
	"$@" >/run/verb.out 2>/run/verb.err
	status=$?
	sed 's/^/LAB json /' /run/verb.out
	sed 's/^/LAB out /' /run/verb.err
	echo "LAB rc $status"
}

# answer: "y", once there is a question; apt 3 forgets what was typed before it asked.
answer() {
	until tail -c 40 /run/typed | grep -q '\[[yY]/[nN]\]'; do
		[ ! -e /run/ended ] || return 0
		sleep 0.5
	done
	echo y
}

# typed CASE COMMAND: what a person sees of it, who types it at a terminal of 80 columns, and answers;
# its exit status. Of a line that is written over the last state stays.
typed() {
	begin "$1"
	rm -f /run/ended
	: >/run/typed
	answer | {
		TERM=linux script -qec "stty cols 80 rows 25; $2" /dev/null >/run/typed
		echo $? >/run/ended
	}
	sed 's/\r*$//; s/.*\r//; s/\x1b\[[0-9;]*[Km]//g' /run/typed | awk '{ print "LAB out " $0 }'
	echo "LAB rc $(cat /run/ended)"
}

# kernels: the installed ones, in GRUB's order, the one it takes by itself last.
kernels() {
	sed -n 's|^\tlinux\t/boot/vmlinuz-\([^ ]*\) .*|\1|p' /boot/grub/grub.cfg | head -n 1 >/run/newest
	for image in /boot/vmlinuz-*; do
		echo "${image#/boot/vmlinuz-}"
	done | grep -vxFf /run/newest | cat - /run/newest | sed 's/^/LAB kernel /'
}

# leave: an orderly end of the disk, and an abrupt one of the machine.
leave() {
	sync
	echo u >/proc/sysrq-trigger
	wait_for 20 grep -q '^/dev/vda2 / ext4 ro' /proc/mounts
	echo b >/proc/sysrq-trigger
	sleep 600
}
