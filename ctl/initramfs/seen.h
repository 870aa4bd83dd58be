/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembers which images were found current: to open one takes a second, and monitoring asks often.
 */
#ifndef GPUCLAIM_CTL_INITRAMFS_SEEN_H
#define GPUCLAIM_CTL_INITRAMFS_SEEN_H

#include "ctl/initramfs/judge.h"

/* A file for each kernel, gone with the next boot. */
#define INITRAMFS_SEEN_DIR "run/gpuclaim/initramfs"

/**
 * initramfs_seen() - was this kernel's image found current, by this version, and is all still there
 * that it was held against?
 *
 * What is compared is the image's, the helper's and the lists of modules' stat(2) and the
 * configuration's text.
 */
bool initramfs_seen(const struct root *root, const struct initramfs_kernel *kernel,
		    const struct installed *installed);

/**
 * initramfs_seen_write() - it was
 *
 * Return: 0 or a negative errno, of no consequence: the next one looks again.
 */
int initramfs_seen_write(const struct root *root, const struct initramfs_kernel *kernel,
			 const struct installed *installed);

#endif
