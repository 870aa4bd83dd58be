/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initramfs image of each installed kernel: does it do what the configuration says? */
#ifndef GPUCLAIM_CTL_INITRAMFS_IMAGES_H
#define GPUCLAIM_CTL_INITRAMFS_IMAGES_H

#include "ctl/initramfs/find.h"
#include "ctl/initramfs/initramfs.h"
#include "helper/base/root.h"

/**
 * initramfs_read() - find, open and judge the image of each kernel of a root
 * @known:	see initramfs_look()
 *
 * A kernel is installed if it has modules (modules.dep or modules.builtin) and a kernel image,
 * in /boot, in its folder of modules, or where a loader's entry says: a folder of modules alone
 * is what a removed kernel left, and can't boot. Its image is the one that a loader entry of
 * the Boot Loader Specification names, else the first of /boot/initrd.img-RELEASE (Debian),
 * /boot/initramfs-RELEASE.img (dracut), /boot/initrd-RELEASE (SUSE), MACHINE-ID/RELEASE/initrd
 * of kernel-install and initramfs.img in its folder of modules.
 *
 * The configuration is compared by what it means: comments and layout don't count. /run is
 * left out, as it is when an image is built.
 *
 * Return: 0, or -ENOMEM. What can't be read is a state. Free with initramfs_free().
 */
int initramfs_read(const struct root *root, const struct boot_known *known,
		   struct initramfs *ret) _must_check_;

/** initramfs_open() - only open and judge what initramfs_find() found. Return: 0 or -ENOMEM */
int initramfs_open(const struct root *root, struct initramfs *images) _must_check_;

#endif
