#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the path of a QEMU that has the vfio-user client (10.1 or later).
#
# The system's own is taken if it is new enough; else one is unpacked from Debian
# trixie-backports into the cache, and started there without chroot(2), through
# that tree's own dynamic linker. A second call finds the first one's work.
set -eu

here=$(dirname "$0")
suite=trixie
packages="qemu-system-x86 qemu-utils ovmf"
cache=${GPUCLAIM_CACHE:-/var/cache/gpuclaim}

new_enough() {
	command -v "$1" >/dev/null 2>&1 &&
		"$1" -device help 2>/dev/null | grep -q '"vfio-user-pci"'
}

bootstrap() {
	tree=$1
	mirror=$("$here/mirror.sh")
	debootstrap --variant=minbase "$suite" "$tree" "$mirror"
	echo "deb $mirror $suite-backports main" >>"$tree/etc/apt/sources.list"
	chroot "$tree" apt-get update
	# shellcheck disable=SC2086  # a list of words
	chroot "$tree" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
		--no-install-recommends -t "$suite-backports" $packages
	chroot "$tree" apt-get clean
}

launcher() {
	cat <<END
#!/bin/sh
t=$1
lib=\$t/usr/lib/x86_64-linux-gnu
QEMU_MODULE_DIR=\$lib/qemu exec "\$t/lib64/ld-linux-x86-64.so.2" \\
	--library-path "\$lib:\$lib/pulseaudio:\$t/lib/x86_64-linux-gnu" \\
	"\$t/usr/bin/qemu-system-x86_64" -L "\$t/usr/share/qemu" -L "\$t/usr/share/seabios" \\
	-L "\$t/usr/lib/ipxe/qemu" "\$@"
END
}

if new_enough qemu-system-x86_64; then
	command -v qemu-system-x86_64
	exit 0
fi

key=$(printf '%s %s' "$suite" "$packages" | sha256sum | cut -c1-12)
dir=$cache/qemu-$key
mkdir -p "$cache"
exec 9>"$cache/qemu-$key.lock"
flock 9
if [ ! -x "$dir/qemu" ]; then
	rm -rf "$dir" "$dir.new"
	mkdir "$dir.new"
	bootstrap "$dir.new/tree" >"$dir.new/log" 2>&1 9>&- || {
		tail -n 20 "$dir.new/log" >&2
		exit 1
	}
	launcher "$dir/tree" >"$dir.new/qemu"
	chmod 755 "$dir.new/qemu"
	mv "$dir.new" "$dir"
fi
echo "$dir/qemu"
