/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unpacks an initramfs image, part by part, as the kernel does. */
#ifndef GPUCLAIM_CTL_INITRAMFS_UNPACK_H
#define GPUCLAIM_CTL_INITRAMFS_UNPACK_H

#include "ctl/initramfs/cpio.h"

/* No image is larger; whoever makes one that is wants to keep us busy. */
#define IMAGE_FILE_MAX	   (1ull << 30)
#define IMAGE_UNPACKED_MAX (2ull << 30)

/**
 * image_read() - tell a visitor of every entry of an image
 * @fd:		a regular file
 * @ret_why:	why it can't be read, a constant, after -EBADMSG and -EFBIG
 *
 * An image is a row of parts with zeros between them: cpio archives as they are (early
 * microcode, for example), and archives compressed with gzip, bzip2, lzma, xz, zstd or lz4,
 * each possibly several archives long. What a later one holds replaces what an earlier one
 * does, so all are read. What follows a part in xz, but zeros, can't be told from damage. The
 * visitor may get the entries of a part twice, and keeps all that is kept.
 *
 * Source: unpack_to_rootfs() in init/initramfs.c and lib/decompress.c of Linux.
 *
 * Return: 0, -EBADMSG (not an image that can be read), -EFBIG, what the visitor returned,
 * or another negative errno.
 */
int image_read(int fd, const struct cpio_visitor *visitor, const char **ret_why) _must_check_;

#endif
