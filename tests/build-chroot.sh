#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# build-chroot.sh: prints a folder with Debian 12, its build-essential, and exactly what the package
# declares in Build-Depends. Built when it is missing, kept under a key made of these and this
# script: about 600 MB and two minutes.
set -eu
umask 022

cache=${GPUCLAIM_CACHE:-/var/cache/gpuclaim}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
here=$(cd "$(dirname "$0")" && pwd)
control=$here/../packaging/debian/control

build()
{
	folder=$1
	# shellcheck disable=SC2016 # $1 is the hook's: the tree
	set -- --mode=root --variant=buildd --keyring="$keyring" \
		--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr \
		--dpkgopt=force-unsafe-io --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--customize-hook='mkdir -p "$1/tmp/source/debian"' \
		--customize-hook="cp '$control' \"\$1/tmp/source/debian/\"" \
		--customize-hook='chroot "$1" apt-get -y -q build-dep /tmp/source' \
		--customize-hook='rm -r "$1/tmp/source"'
	while read -r option; do
		[ -z "$option" ] || set -- "$@" --aptopt="$option"
	done <<-END
		$(apt-config dump | grep -E '^Acquire::(Check-|Retries|https?::)')
	END
	rm -rf --one-file-system "$folder.partial"
	SOURCE_DATE_EPOCH=0 mmdebstrap "$@" bookworm "$folder.partial" "$("$here/lab/mirror.sh")" >&2
	rm -f "$folder.partial"/var/cache/apt/*.bin "$folder.partial"/var/lib/apt/lists/*_*
	mv "$folder.partial" "$folder"
}

declared=$(sed -n '/^Build-Depends:/,/^[^ ]*:/p' "$control" | grep -v '^Standards')
key=$(echo "$declared" | cat - "$0" | sha256sum | cut -c 1-12)
folder=$cache/build-$key
mkdir -p "$cache"
exec 9>"$folder.lock"
flock 9
[ -d "$folder" ] || build "$folder"
echo "$folder"
