#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes what a full guest boots from, out of a Debian tree (chroot.sh) and a staged installation:
#
#	image.sh root TREE STAGE OUT			the root disk, ext4
#	image.sh initrd TREE STAGE OUT [DRACUT OPTION]...	the initramfs, by the tree's own dracut,
#							and what it said, OUT.log
#
# The tree is only read: the stage (several folders with ":" between them, the first on top) and
# this run's changes lie above it, in an overlay.

set -eu
umask 022

die()
{
	echo "image.sh: $*" >&2
	exit 1
}

# The mounts end with the namespace, however this script ends.
[ "${IMAGE_NAMESPACE:-}" ] || IMAGE_NAMESPACE=1 exec unshare --mount "$0" "$@"

[ $# -ge 4 ] || die "usage: image.sh root|initrd TREE STAGE OUT [DRACUT OPTION]..."
what=$1
tree=$2
stage=$3
out=$4
shift 4

work=$(mktemp -d)
trap 'umount -R "$work/all" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
mkdir "$work/all" "$work/upper" "$work/work"
mount -t overlay overlay "$work/all" \
	-o "lowerdir=$stage:$tree,upperdir=$work/upper,workdir=$work/work"

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

make_root()
{
	settle_first_boot "$work/all"
	rm -f "$work"/all/boot/vmlinuz-*
	size=$(du -sm "$work/all" | cut -f 1)
	truncate -s "$((size + size / 4 + 64))M" "$out"
	mkfs.ext4 -q -F -m 0 -O ^has_journal -d "$work/all" "$out"
}

# Some kernels have no modules of their own; a host-only dracut then stops being one.
fake_proc()
{
	mkdir "$work/all/real-proc"
	mount --rbind /proc "$work/all/real-proc"
	mount -t tmpfs tmpfs "$work/all/proc"
	for entry in /proc/[a-z]*; do
		ln -s "/real-${entry#/}" "$work/all/$entry"
	done
	: >"$work/all/proc/modules"
}

make_initrd()
{
	mount --rbind /dev "$work/all/dev"
	mount --rbind /sys "$work/all/sys"
	if [ -e /proc/modules ]; then
		mount --rbind /proc "$work/all/proc"
	else
		fake_proc
	fi
	release=$(ls "$work/all/usr/lib/modules")
	chroot "$work/all" dracut --force --quiet --no-hostonly --no-hostonly-cmdline \
		--no-early-microcode --tmpdir /var/tmp "$@" /var/tmp/initrd "$release" \
		>"$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
	cp "$work/all/var/tmp/initrd" "$out"
}

case $what in
root) make_root ;;
initrd) make_initrd "$@" ;;
*) die "no such image: $what" ;;
esac
