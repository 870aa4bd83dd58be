#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh SUITE: prints a folder with the Debian suite's kernel: vmlinuz, release
# and lib/modules/RELEASE, its modules uncompressed. Unpacked into the cache once.
set -eu

suite=${1:?usage: kernel.sh SUITE}
here=$(dirname "$0")
cache=${GPUCLAIM_CACHE:-/var/cache/gpuclaim}
dir=$cache/kernel-$suite

# A private APT state: the machine's own may know another suite only.
private_apt() {
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	echo "deb $("$here/mirror.sh") $suite main" >"$1/sources.list"
	cat >"$1/apt.conf" <<END
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$1/lists";
Dir::State::status "/dev/null";
Dir::Cache::archives "$1/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root";
END
}

unpack() {
	export APT_CONFIG="$1/apt/apt.conf"
	private_apt "$1/apt"
	apt-get -q update
	package=$(apt-cache depends linux-image-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -n 1)
	(cd "$1" && apt-get -q download "$package" && dpkg-deb -x "$package"_*.deb tree)
	if [ -d "$1/tree/usr/lib/modules" ]; then
		modules=$1/tree/usr/lib/modules
	else
		modules=$1/tree/lib/modules
	fi
	release=$(ls "$modules")
	mkdir "$1/lib"
	mv "$modules" "$1/lib/modules"
	mv "$1/tree/boot/vmlinuz-$release" "$1/vmlinuz"
	echo "$release" >"$1/release"
	find "$1/lib/modules" -name '*.ko.xz' -exec xz -d {} +
	depmod -b "$1" "$release"
	rm -rf "$1/apt" "$1/tree" "$1/$package"_*.deb
}

mkdir -p "$cache"
exec 9>"$dir.lock"
flock 9
if [ ! -f "$dir/release" ]; then
	rm -rf "$dir" "$dir.new"
	mkdir "$dir.new"
	unpack "$dir.new" >"$dir.log" 2>&1 9>&- || {
		tail -n 20 "$dir.log" >&2
		exit 1
	}
	mv "$dir.new" "$dir"
fi
echo "$dir"
