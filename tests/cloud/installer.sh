# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What installs a new compute node, in the initramfs that the network gave it; lab/guest/lib.sh is
# there. The system comes from where this came from, gpuclaim's files, which a site's repository
# would have, are on the second disk. Then comes what examples/kickstart/gpuclaim-nochroot.ks does.
# shellcheck disable=SC2154 # $name, $units and $base stand before this

sysimage=/mnt/sysimage
libraries=$sysimage/usr/lib/x86_64-linux-gnu

begin install
run modprobe -a virtio_pci virtio_blk virtio_net ext4
run wait_for 20 test -b /dev/vdb
run ifconfig eth0 10.0.2.15
run wget -q -O /dev/vda "$base/system.img"
run blockdev --rereadpt /dev/vda
run mkdir -p $sysimage
run mount -t ext4 /dev/vda2 $sysimage

run tar -xf /dev/vdb -C /run stage
run cp -a /run/stage/. $sysimage
echo "$name" >$sysimage/etc/hostname
echo "127.0.1.1 $name" >>$sysimage/etc/hosts
# shellcheck disable=SC2086 # words
run chroot $sysimage systemctl enable --quiet $units

# By the new system's own libraries: this one has others, and fewer.
run $libraries/ld-linux-x86-64.so.2 --library-path $libraries $sysimage/usr/sbin/gpuclaimctl \
	setup --root=$sysimage --ids=10de:1c81 --alias gtx1050 --placement --yes

# Or its first boot would take the newer /usr for an update of the whole system.
run chroot $sysimage touch -r /usr /etc/.updated /var/.updated
run umount $sysimage
