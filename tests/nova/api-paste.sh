#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# api-paste.sh FOLDER: Nova's functional tests look for api-paste.ini beside their own package;
# Debian ships it in nova-common, which needs half a server. Takes that one file out of it, as a
# hook of mmdebstrap, with its apt.
set -eu
to=$1/usr/lib/python3/dist-packages/etc/nova
mkdir "$1/tmp/nova-common"
cd "$1/tmp/nova-common"
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download nova-common
dpkg-deb -x ./*.deb .
mkdir -p "$to"
find . -name api-paste.ini -exec cp {} "$to/" \;
cd /
rm -r "$1/tmp/nova-common"
[ -f "$to/api-paste.ini" ]
