#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the Debian trees that the guests and the dracut build tests are made from:
#
#	chroot.sh NAME		prints the folder, built when it is missing, of
#		bookworm, trixie			what a guest needs, with dracut
#		bookworm-dracut, trixie-initramfs-tools, …	a whole node: GRUB, two kernels, and
#							the named one to make an initramfs
#		trixie-libvirt			the guest's, with libvirtd and QEMU
#		trixie-tools, sid-tools		what writes boot entries besides GRUB, and no kernel
#		trixie-compute			a compute node of an OpenStack cloud, with GRUB and dracut
#		trixie-control			what such a cloud runs besides its compute nodes
#		sid				dracut and udev only
#		bookworm-build			a compiler, and what the package declares in Build-Depends
#		trixie-ansible-lint		ansible-lint only
#		bookworm-readme, trixie-readme	what README has installed to build the package
#
# A tree is kept under a key made of its suite, its packages and how it is built, so that whatever
# changes the tree changes its name. The mirror is the one this machine installs from.

set -eu
umask 022

cache=${GPUCLAIM_CACHE:-/var/cache/gpuclaim}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# What the tests in a guest need besides the essential packages. No Recommends come along.
guest="systemd systemd-sysv udev kmod linux-image-amd64 libpci3 pci.ids libjson-c5 libarchive13"
libvirt="libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-driver-nodedev libvirt-clients \
qemu-system-x86"
grub="grub-pc-bin grub-efi-amd64-bin grub2-common e2fsprogs"
tools="systemd systemd-boot systemd-boot-efi systemd-ukify kmod mount ostree ostree-boot tuned grub2-common \
libpci3 libjson-c5 libarchive13"
node="$guest linux-image-rt-amd64 $grub apt"
compute="$guest $grub dracut nova-compute nova-compute-kvm python3-openstackclient libcurl4t64 \
openvswitch-switch ovn-host neutron-ovn-metadata-agent haproxy iproute2 iptables ovmf swtpm swtpm-tools"
control="keystone glance-api placement-api nova-api nova-scheduler nova-conductor neutron-server \
ovn-central openvswitch-common barbican-api rabbitmq-server mariadb-server python3-openstackclient \
openstack-dashboard-apache chromium chromium-driver fonts-dejavu-core \
ipxe shim-signed grub-efi-amd64-signed"

# The names in Build-Depends; of alternatives those that the suite has, by a pattern of apt's.
declared()
{
	sed -n '/^Build-Depends:/,/^[^ ]*:/{s/^Build-Depends://;/^[^ ]/!p}' \
		"$(dirname "$0")/../../packaging/debian/control" |
		tr ',' '\n' | sed -E 's/ *\([^)]*\)//g; s/^ +| +$//g; /^$/d' |
		sed -E '/\|/{s/ *\| */$|~n^/g;s/^/~n^/;s/$/$/}'
}

# README's words, and what it says of Debian 12.
printed()
{
	sed -n '/^    apt install build-essential/,/^    make/{/^    make/!p}' \
		"$(dirname "$0")/../../README.md" | sed 's/apt install//; s/\\//' | tr -s ' \n' '\n' |
		if [ "$1" = bookworm ]; then sed 's/^systemd-dev$/systemd/'; else cat; fi
}

# Left out of every package: nobody reads them there, and half of an image would be theirs.
excluded="
/usr/share/man/*
/usr/share/doc/*
/usr/share/info/*
/usr/share/locale/*
/usr/share/i18n/*
/usr/share/zoneinfo/*
/usr/share/bash-completion/*
/usr/lib/x86_64-linux-gnu/gconv/*
/boot/System.map*
"

# Modules that no guest here could ever load. Drivers of GPUs, sound, USB and disks stay.
for folder in drivers/atm drivers/bluetooth drivers/iio drivers/infiniband drivers/isdn \
	drivers/media/common drivers/media/dvb-frontends drivers/media/i2c drivers/media/pci \
	drivers/media/tuners drivers/media/usb drivers/net/can drivers/net/ethernet \
	drivers/net/wireless drivers/staging net/bluetooth net/mac80211 net/wireless sound/soc; do
	excluded="$excluded
/lib/modules/*/kernel/$folder/*
/usr/lib/modules/*/kernel/$folder/*"
done

die()
{
	echo "chroot.sh: $*" >&2
	exit 1
}

# Prints the repository that this machine has for the suites that match a pattern. apt reads
# one-line and deb822 sources alike; "-updates" and the like must not answer for the suite itself.
repository()
{
	# shellcheck disable=SC2016 # the words in brackets are apt's
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
		while read -r suite component uri; do
			# shellcheck disable=SC2254
			case $component:$suite in
			main:$1) echo "$uri"; break ;;
			esac
		done
}

sources()
{
	# shellcheck source=/dev/null
	here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	mirror=${GPUCLAIM_MIRROR:-$(repository "$here")}
	security=${GPUCLAIM_SECURITY_MIRROR:-$(repository "*-security")}
	[ -n "$mirror" ] || die "apt has no repository of suite '$here': set GPUCLAIM_MIRROR"

	echo "deb [signed-by=$keyring] $mirror $1 main"
	case $1 in
	sid) ;;
	*) [ -z "$security" ] || echo "deb [signed-by=$keyring] $security $1-security main" ;;
	esac
}

build()
{
	name=$1
	folder=$2
	packages=$3
	set -- --mode=root --variant=essential --include="$(echo "$packages" | tr ' ' ',')" \
		--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr \
		--dpkgopt=force-unsafe-io --aptopt='APT::Install-Recommends "false"'
	while read -r pattern; do
		[ -z "$pattern" ] || set -- "$@" --dpkgopt="path-exclude=$pattern"
	done <<-END
		$excluded
	END
	# A mirror that needs a proxy, or that is allowed to be old, is so for the tree too.
	while read -r option; do
		[ -z "$option" ] || set -- "$@" --aptopt="$option"
	done <<-END
		$(apt-config dump | grep -E '^Acquire::(Check-|Retries|https?::)')
	END

	rm -rf --one-file-system "$folder.partial"
	# The tests make their own initramfs: the kernel package need not.
	sources "$name" | INITRD=No SOURCE_DATE_EPOCH=0 mmdebstrap "$@" "$name" "$folder.partial" - >&2
	rm -f "$folder.partial"/var/cache/apt/*.bin "$folder.partial"/var/lib/apt/lists/*_*
	mv "$folder.partial" "$folder"
}

[ $# -eq 1 ] || die "usage: chroot.sh NAME"
suite=${1%%-*}
case $1 in
bookworm | trixie) wanted="$guest dracut" ;;
trixie-tools | sid-tools) wanted=$tools ;;
bookworm-dracut | trixie-dracut) wanted="$node dracut" ;;
bookworm-initramfs-tools | trixie-initramfs-tools) wanted="$node initramfs-tools" ;;
trixie-libvirt) wanted="$guest dracut $libvirt" ;;
trixie-compute) wanted=$compute ;;
trixie-control)
	wanted=$control
	# Keystone's libraries read the list of them.
	excluded=$(echo "$excluded" | grep -v zoneinfo)
	;;
bookworm-readme | trixie-readme) wanted=$(printed "$suite" | tr '\n' ' ' | sed 's/^ *//; s/ $//') ;;
bookworm-build) wanted="build-essential $(declared | tr '\n' ' ' | sed 's/ $//')" ;;
trixie-ansible-lint) wanted=ansible-lint ;;
sid) wanted="dracut-core systemd udev kmod util-linux-extra libpci3 libjson-c5" ;;
*) die "no such tree: $1" ;;
esac

recipe=$(sed -n '/^build()/,/^}/p' "$0")
key=$(printf '%s\n' "$1" "$wanted" "$excluded" "$recipe" | sha256sum | cut -c 1-12)
folder=$cache/$1-$key
mkdir -p "$cache"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] || build "$suite" "$folder" "$wanted"
echo "$folder"
