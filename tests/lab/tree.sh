# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What image.sh and disk.sh do to a Debian tree, or rather to the overlay above it.

unwanted="
serial-getty@ttyS0.service getty@tty1.service systemd-firstboot.service
systemd-timesyncd.service systemd-update-utmp.service systemd-random-seed.service
systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-boot-update.service
systemd-journal-flush.service systemd-ask-password-console.path systemd-ask-password-wall.path
apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
systemd-tmpfiles-clean.timer e2scrub_reap.service modprobe@configfs.service
modprobe@efi_pstore.service modprobe@fuse.service dev-hugepages.mount dev-mqueue.mount
sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount
sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount
"

# What a first boot would do, half of a boot's time under emulation, and what would eat our output.
settle_first_boot()
{
	echo 00000000000000000000000000000001 >"$1/etc/machine-id"
	echo guest >"$1/etc/hostname"
	: >"$1/etc/fstab"
	touch "$1/usr" "$1/etc/.updated" "$1/var/.updated"
	for unit in $unwanted; do
		ln -sf /dev/null "$1/etc/systemd/system/$unit"
	done
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -sf /etc/systemd/system/lab.service "$1/etc/systemd/system/multi-user.target.wants/"
}

# Some kernels have no modules of their own; a host-only dracut then stops being one.
fake_proc()
{
	mkdir "$1/real-proc"
	mount --rbind /proc "$1/real-proc"
	mount -t tmpfs tmpfs "$1/proc"
	for entry in /proc/[a-z]*; do
		ln -s "/real-${entry#/}" "$1/$entry"
	done
	: >"$1/proc/modules"
}

# What a program in the tree expects to find there.
mount_kernel()
{
	mount --rbind /dev "$1/dev"
	mount --rbind /sys "$1/sys"
	if [ -e /proc/modules ]; then
		mount --rbind /proc "$1/proc"
	else
		fake_proc "$1"
	fi
}

# Takes it away again. rmdir fails where something is still mounted: nothing is ever removed
# through a mount.
unmount_kernel()
{
	umount -R "$1/dev" "$1/sys" "$1/proc"
	[ ! -d "$1/real-proc" ] || umount -R "$1/real-proc"
	[ ! -d "$1/real-proc" ] || rmdir "$1/real-proc"
}
