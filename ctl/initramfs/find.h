/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernels are installed, where their images are, and what builds these. */
#ifndef GPUCLAIM_CTL_INITRAMFS_FIND_H
#define GPUCLAIM_CTL_INITRAMFS_FIND_H

#include "ctl/initramfs/initramfs.h"
#include "boot/lines.h"
#include "boot/loader.h"

/**
 * initramfs_find() - fill all of @ret but the states
 * @lines:	none where the boot loader's files can't be read: which kernel is next stays open
 * @ret:	empty; free with initramfs_free(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int initramfs_find(const struct root *root, const struct loader *loader,
		   const struct boot_lines *lines, struct initramfs *ret) _must_check_;

/** struct boot_known - the boot loader, and what runs among @lines, both read before in this run */
struct boot_known {
	const struct loader *loader;
	const struct boot_lines *lines;
};

/**
 * initramfs_look() - the same, and read the boot loader's files for it
 * @known:	or NULL
 */
int initramfs_look(const struct root *root, const struct boot_known *known,
		   struct initramfs *ret) _must_check_;

/**
 * initramfs_look_again() - where the images are after a program built them
 * @images:	of initramfs_look(): the kernels and the program are the same
 */
int initramfs_look_again(const struct root *root, const struct boot_known *known,
			 const struct initramfs *images, struct initramfs *ret) _must_check_;

#endif
