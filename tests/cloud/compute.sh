#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# compute.sh ROOT: what the installation of a compute node leaves, before anything of gpuclaim is
# there. Nova and libvirt are enabled when the node joins; GRUB's configuration is its own.
set -eu

root=$1
systemctl --quiet --root="$root" enable systemd-networkd.service
systemctl --quiet --root="$root" disable nova-compute.service libvirtd.service libvirtd.socket \
	libvirtd-ro.socket libvirtd-admin.socket openvswitch-switch.service ovn-host.service \
	ovs-record-hostname.service neutron-ovn-metadata-agent.service
for unit in haproxy.service libvirt-guests.service open-iscsi.service iscsid.socket logrotate.timer; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
for file in neutron.conf neutron_ovn_metadata_agent.ini; do
	chmod 644 "$root/etc/neutron/$file"
done
chgrp "$(chroot "$root" id -g nova)" "$root/etc/nova/nova.conf" "$root/etc/nova/nova-compute.conf"
chmod 640 "$root/etc/nova/nova.conf" "$root/etc/nova/nova-compute.conf"
# shellcheck disable=SC2016 # for the shell of the namespace
unshare --mount sh -exc 'mount --rbind /dev "$1/dev"; mount --rbind /proc "$1/proc"
	chroot "$1" update-grub' sh "$root"
