#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes what a full guest boots from, out of a Debian tree (chroot.sh) and a staged installation:
#
#	image.sh root TREE STAGE OUT			the root disk, ext4
#	image.sh initrd TREE STAGE OUT [DRACUT OPTION]...	the initramfs, by the tree's own dracut,
#							and what it said, OUT.log
#	image.sh initramfs-tools TREE STAGE OUT		the initramfs of the ordinary kernel, by the
#							tree's own initramfs-tools
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

[ $# -ge 4 ] || die "usage: image.sh root|initrd|initramfs-tools TREE STAGE OUT [DRACUT OPTION]..."
what=$1
tree=$2
stage=$3
out=$4
shift 4

work=$(mktemp -d)
trap 'umount -R "$work/all" 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=tree.sh
. "$(dirname "$0")/tree.sh"
mkdir "$work/all" "$work/upper" "$work/work"
mount -t overlay overlay "$work/all" \
	-o "lowerdir=$stage:$tree,upperdir=$work/upper,workdir=$work/work"

make_root()
{
	settle_first_boot "$work/all"
	rm -f "$work"/all/boot/vmlinuz-*
	size=$(du -sm "$work/all" | cut -f 1)
	truncate -s "$((size + size / 4 + 64))M" "$out"
	mkfs.ext4 -q -F -m 0 -O ^has_journal -d "$work/all" "$out"
}

make_initrd()
{
	mount_kernel "$work/all"
	release=$(ls "$work/all/usr/lib/modules")
	chroot "$work/all" dracut --force --quiet --no-hostonly --no-hostonly-cmdline \
		--no-early-microcode --tmpdir /var/tmp "$@" /var/tmp/initrd "$release" \
		>"$out.log" 2>&1 || { cat "$out.log" >&2; exit 1; }
	cp "$work/all/var/tmp/initrd" "$out"
}

make_initramfs_tools()
{
	mount_kernel "$work/all"
	for release in "$work"/all/usr/lib/modules/*; do
		case $release in
		*-rt-*) ;;
		*) chroot "$work/all" mkinitramfs -o /var/tmp/initrd "${release##*/}" >&2 ;;
		esac
	done
	cp "$work/all/var/tmp/initrd" "$out"
}

case $what in
root) make_root ;;
initramfs-tools) make_initramfs_tools ;;
initrd) make_initrd "$@" ;;
*) die "no such image: $what" ;;
esac
