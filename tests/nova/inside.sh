#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# inside.sh TREE FOLDER COMMAND...: runs a command in a tree that chroot.sh made, FOLDER being its
# /mnt. What it writes elsewhere lies in memory above the tree, and is gone afterwards.
set -eu

# The mounts end with the namespace, however this script ends.
[ "${INSIDE_NAMESPACE:-}" ] || INSIDE_NAMESPACE=1 exec unshare --mount "$0" "$@"

tree=$1
folder=$2
shift 2

work=$(mktemp -d)
mount -t tmpfs tmpfs "$work"
mkdir "$work/all" "$work/upper" "$work/work"
mount -t overlay overlay "$work/all" \
	-o "lowerdir=$tree,upperdir=$work/upper,workdir=$work/work"
mount --bind "$folder" "$work/all/mnt"
mount -t proc proc "$work/all/proc" 2>/dev/null || mount --rbind /proc "$work/all/proc"
mount --rbind /dev "$work/all/dev"
mount -t tmpfs tmpfs "$work/all/tmp"
status=0
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TMPDIR=/tmp \
	PYTHONDONTWRITEBYTECODE=1 chroot "$work/all" "$@" || status=$?
cd /
umount -l "$work"
rmdir "$work"
exit "$status"
