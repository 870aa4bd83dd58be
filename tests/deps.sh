#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the Debian packages that building and testing need: deps.sh build|fast|lab
set -eu

build='gcc pkg-config libc6-dev libudev-dev libkmod-dev libpci-dev libjson-c-dev libarchive-dev
       libcurl4-openssl-dev libsmartcols-dev libyaml-dev'
fast="$build clang clang-format-14 libclang-rt-14-dev python3 git shellcheck cppcheck man-db mandoc udev pciutils pci.ids zstd strace
      systemd jq prometheus zsh fish"
lab="$fast debian-archive-keyring cpio busybox-static e2fsprogs dracut-core kmod
     clang-tidy debhelper dpkg-dev rpm ansible-core cloud-init debconf-utils
     iproute2 debootstrap mmdebstrap driverctl lintian rpmlint valgrind time mtools ovmf"

case "${1-}" in
build) wanted=$build ;;
fast) wanted=$fast ;;
lab) wanted=$lab ;;
*)
	echo "usage: deps.sh build|fast|lab" >&2
	exit 2
	;;
esac

missing=
for package in $wanted; do
	state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "deps.sh: these packages are needed, and only root can install them:$missing" >&2
	exit 1
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
