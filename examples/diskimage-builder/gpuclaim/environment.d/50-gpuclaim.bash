# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The element bootloader writes these into the image's kernel arguments.
export DIB_BOOTLOADER_DEFAULT_CMDLINE="${DIB_BOOTLOADER_DEFAULT_CMDLINE:-nofb nomodeset gfxpayload=text} intel_iommu=on iommu=pt gpuclaim=1"
