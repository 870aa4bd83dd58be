/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernels are installed, where their images are, and what builds these. */
#ifndef GPUCLAIM_CTL_INITRAMFS_FIND_H
#define GPUCLAIM_CTL_INITRAMFS_FIND_H

#include "ctl/initramfs/initramfs.h"
#include "grub/boot.h"

/**
 * initramfs_find() - fill all of @ret but the states
 * @ret:	empty; free with initramfs_free(), also after a failure
 *
 * Return: 0 or -ENOMEM.
 */
int initramfs_find(const struct root *root, struct initramfs *ret) _must_check_;

#endif
