#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# chroot.sh bookworm|trixie|sid: prints a folder with that Debian suite's python3-nova (2022.2,
# 2025.1, and what sid has), Keystone, and what Nova's own functional tests need. Built when it is missing,
# kept under a key made of the packages and this script: about 1 GiB and three minutes.
set -eu
umask 022

cache=${GPUCLAIM_CACHE:-/var/cache/gpuclaim}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
here=$(dirname "$0")

packages="python3-nova python3-placement python3-libvirt python3-oslotest python3-ddt \
python3-testscenarios python3-testresources python3-wsgi-intercept python3-requests-mock \
python3-gabbi python3-stestr python3-keystone python3-keystonemiddleware"

build()
{
	set -- "$1" "$2" --mode=root --variant=essential --include="$(echo "$packages" | tr ' ' ',')" \
		--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr --keyring="$keyring" \
		--dpkgopt=force-unsafe-io --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --customize-hook="$here/api-paste.sh \"\$1\""
	while read -r option; do
		[ -z "$option" ] || set -- "$@" --aptopt="$option"
	done <<-END
		$(apt-config dump | grep -E '^Acquire::(Check-|Retries|https?::)')
	END
	suite=$1
	folder=$2
	shift 2
	rm -rf --one-file-system "$folder.partial"
	SOURCE_DATE_EPOCH=0 mmdebstrap "$@" "$suite" "$folder.partial" "$("$here/../lab/mirror.sh")" >&2
	rm -f "$folder.partial"/var/cache/apt/*.bin "$folder.partial"/var/lib/apt/lists/*_*
	mv "$folder.partial" "$folder"
}

case ${1-} in
bookworm | trixie | sid) ;;
*)
	echo "usage: chroot.sh bookworm|trixie|sid" >&2
	exit 2
	;;
esac

key=$(echo "$1 $packages" | cat - "$0" "$here/api-paste.sh" | sha256sum | cut -c 1-12)
folder=$cache/nova-$1-$key
mkdir -p "$cache"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] || build "$1" "$folder"
echo "$folder"
