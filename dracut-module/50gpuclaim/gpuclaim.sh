#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by dracut's init, so it must not exit; a failure is in the helper's log and must not
# stop the boot.
/usr/lib/udev/gpuclaim boot || :
