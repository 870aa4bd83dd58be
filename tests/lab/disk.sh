#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the parts of a node's whole disk from a Debian tree (chroot.sh), with the tree's own
# programs: its initramfs for each kernel, GRUB for BIOS and for UEFI, the root file system.
#
#	disk.sh TREE STAGE OUT [COMMAND]
#
# OUT is the disk, its root file system in place; OUT.boot, OUT.core and OUT.esp are what disk.py
# adds: GRUB's first sector, what lies behind it, and the EFI system partition. The stage (several
# folders with ":" between them, or "") lies above the tree. COMMAND is run, outside, when all is
# there, with $ROOT: it sets the node up before its first boot.
#
# No loop device and no FAT of the kernel is needed. GRUB refuses to make its configuration where
# the root is no disk: here is one by hand, for the first boot, which makes the real one. COMMAND
# finds a grub-probe that tells of the disk to come.

set -eu
umask 022

export START=32768 # the root's first sector, of 512 bytes
uuid=6770c1a1-0000-4000-8000-000000000001

[ "${DISK_NAMESPACE:-}" ] || DISK_NAMESPACE=1 exec unshare --mount "$0" "$@"

[ $# -ge 3 ] || { echo "usage: disk.sh TREE STAGE OUT [COMMAND]" >&2; exit 1; }
tree=$1
stage=$2
out=$3
command=${4-}

work=$(mktemp -d)
all=$work/all
trap finish EXIT

finish()
{
	status=$?
	[ "$status" -eq 0 ] || cat "$out.log" >&3
	! mountpoint -q "$all" || umount -R "$all" || exit 1
	rm -rf --one-file-system "$work"
	exit "$status"
}

# shellcheck source-path=SCRIPTDIR source=tree.sh
. "$(dirname "$0")/tree.sh"
mkdir "$all" "$work/upper" "$work/work"
mount -t overlay overlay "$all" \
	-o "lowerdir=${stage:+$stage:}$tree,upperdir=$work/upper,workdir=$work/work"

releases()
{
	ls "$all/usr/lib/modules"
}

# What the distribution's installer asks and writes, with a console that we can read.
configure_grub()
{
	cat >"$all/etc/default/grub" <<-'END'
		# If you change this file, run 'update-grub' afterwards to update
		# /boot/grub/grub.cfg.
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=0
		GRUB_DISTRIBUTOR="$(. /etc/os-release; echo "$NAME")"
		GRUB_CMDLINE_LINUX_DEFAULT="quiet"
		GRUB_CMDLINE_LINUX="console=ttyS0 loglevel=6 panic=1 no_timer_check mitigations=off"

		GRUB_TERMINAL=serial
		GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
		GRUB_DISABLE_OS_PROBER=true
	END
	mkdir -p "$all/etc/default/grub.d"
}

# Small images: a guest makes them anew several times, under emulation. Only what the guest has no
# use for is left out, by name, so that a module which wants to be in by itself gets in.
configure_initramfs()
{
	if [ -d "$all/etc/initramfs-tools" ]; then
		printf '%s\n' MODULES=list COMPRESS=gzip COMPRESSLEVEL=1 \
			>"$all/etc/initramfs-tools/conf.d/guest"
		# Not in its "modules": those are loaded, whether a device asks or not. nouveau is left
		# to the root: its firmware, which is not there, is asked for file by file.
		cat >"$all/etc/initramfs-tools/hooks/guest" <<-END
			#!/bin/sh
			[ "\$1" != prereqs ] || exit 0
			. /usr/share/initramfs-tools/hook-functions
			manual_add_modules $drivers
		END
		chmod 755 "$all/etc/initramfs-tools/hooks/guest"
		return
	fi
	modules=$(find "$all/usr/lib/dracut/modules.d" -mindepth 1 -maxdepth 1 -printf '%f\n' |
		sed 's/^[0-9]*//' | grep -vxE "$wanted")
	cat >"$all/etc/dracut.conf.d/guest.conf" <<-END
		hostonly=no
		hostonly_cmdline=no
		early_microcode=no
		compress="gzip -1"
		do_strip=no
		drivers+=" $drivers nouveau "
		filesystems+=" ext4 "
		omit_dracutmodules+=" $(echo "$modules" | tr '\n' ' ')"
	END
}

drivers="virtio_pci virtio_blk ext4 xhci_pci snd_hda_intel snd_hda_codec_hdmi"
wanted='gpuclaim|base|rootfs-block|udev-rules|fs-lib|kernel-modules|bash|dash|shell-interpreter|usrmount'
wanted="$wanted|systemd|systemd-(initrd|udevd|modules-load|journald|tmpfiles|sysusers|sysctl)"
wanted="$wanted|systemd-ask-password|dracut-systemd|dbus|dbus-.*"

make_initramfs()
{
	for release in $(releases); do
		if [ -d "$all/etc/initramfs-tools" ]; then
			chroot "$all" update-initramfs -c -k "$release"
		else
			chroot "$all" dracut --quiet --force "/boot/initrd.img-$release" "$release"
		fi
	done
}

configure_lab()
{
	cat >"$all/etc/systemd/system/lab.service" <<-'END'
		[Unit]
		After=systemd-udev-trigger.service

		[Service]
		ExecStart=/bin/sh -c 'mkdir /run/lab && tar -xf /dev/vdb -C /run/lab && exec sh /run/lab/run'
	END
	settle_first_boot "$all"
	mkdir -p "$all/etc/systemd/system/rescue.target.wants"
	ln -s ../lab.service "$all/etc/systemd/system/rescue.target.wants/"
	for unit in getty-static.service grub-common.service systemd-user-sessions.service \
		modprobe@drm.service systemd-udev-load-credentials.service; do
		ln -sf /dev/null "$all/etc/systemd/system/$unit"
	done
}

# The programs, and a configuration that is good for one boot.
make_grub()
{
	for platform in i386-pc x86_64-efi; do
		mkdir -p "$all/boot/grub/$platform"
		cp "$all/usr/lib/grub/$platform"/*.mod "$all/usr/lib/grub/$platform"/*.lst \
			"$all/boot/grub/$platform/"
	done
	printf '%s\n' "search.fs_uuid $uuid root" "set prefix=(\$root)/boot/grub" >"$all/tmp/early.cfg"
	for format in i386-pc:biosdisk x86_64-efi:fat; do
		chroot "$all" grub-mkimage -O "${format%:*}" -p /boot/grub -c /tmp/early.cfg \
			-o "/tmp/core-${format%:*}" "${format#*:}" part_msdos ext2 search_fs_uuid
	done
	cp "$all/usr/lib/grub/i386-pc/boot.img" "$out.boot"
	mv "$all/tmp/core-i386-pc" "$out.core"
	rm -f "$out.esp"
	truncate -s 8M "$out.esp"
	mformat -i "$out.esp" -T 16384 -h 16 -s 63 -H 2048 ::
	mmd -i "$out.esp" ::EFI ::EFI/BOOT
	mcopy -i "$out.esp" "$all/tmp/core-x86_64-efi" ::EFI/BOOT/BOOTX64.EFI
	rm "$all"/tmp/core-x86_64-efi "$all"/tmp/early.cfg
	chroot "$all" grub-editenv /boot/grub/grubenv create
	release=$(releases | head -n 1)
	cat >"$all/boot/grub/grub.cfg" <<-END
		linux /boot/vmlinuz-$release root=UUID=$uuid ro console=ttyS0 loglevel=6 panic=1 no_timer_check
		initrd /boot/initrd.img-$release
		boot
	END
}

# Answers for the disk to come.
pretend_probe()
{
	mv "$all/usr/sbin/grub-probe" "$all/usr/sbin/grub-probe.real"
	cat >"$all/usr/sbin/grub-probe" <<-END
		#!/bin/sh
		case "\$*" in
		*compatibility_hint* | *hints_string* | *abstraction*) ;;
		*fs_uuid*) echo $uuid ;;
		*partuuid*) exit 1 ;;
		*target=fs*) echo ext2 ;;
		*target=partmap*) echo msdos ;;
		*target=device*) echo /dev/vda2 ;;
		*target=disk*) echo /dev/vda ;;
		*) exit 1 ;;
		esac
	END
	chmod 755 "$all/usr/sbin/grub-probe"
}

set_up()
{
	pretend_probe
	ROOT=$all sh -exc "$command"
	mv "$all/usr/sbin/grub-probe.real" "$all/usr/sbin/grub-probe"
}

make_root()
{
	echo "UUID=$uuid / ext4 errors=remount-ro 0 0" >"$all/etc/fstab"
	size=$(du -sm "$all" | cut -f 1)
	size=$((size + size / 4 + 400))
	rm -f "$out"
	truncate -s "$((size + 16))M" "$out"
	mkfs.ext4 -q -F -m 0 -U "$uuid" -O ^metadata_csum_seed,^orphan_file -E "offset=$((START * 512))" \
		-d "$all" "$out" "${size}M"
}

exec 3>&2 >"$out.log" 2>&1
configure_grub
configure_initramfs
configure_lab
make_grub
mount_kernel "$all"
make_initramfs
unmount_kernel "$all"
[ -z "$command" ] || set_up
make_root
