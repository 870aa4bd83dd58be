#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the Debian archive that this machine's APT uses. APT itself reads its two
# file formats; the origin comes from the index of an "apt-get update".
set -eu

# shellcheck disable=SC2016  # the fields are APT's, not the shell's
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)' \
	'Created-By: Packages' |
	awk '$1 == "Debian" && $2 == "main" && $3 !~ /-/ { print $4; exit }')
[ -n "$mirror" ] || {
	echo "no Debian archive in this machine's APT configuration" >&2
	exit 1
}
echo "$mirror"
