/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the installed kernels the boot loader has an entry for. */
#ifndef GPUCLAIM_CTL_INITRAMFS_LISTED_H
#define GPUCLAIM_CTL_INITRAMFS_LISTED_H

#include <stdint.h>

#include "ctl/initramfs/initramfs.h"
#include "boot/lines.h"
#include "boot/loader.h"

/**
 * listed_mark() - fill in @images->kernel[].unlisted
 * @lines:	none where the boot loader's files can't be read
 *
 * Where the entries can't be listed, or one does not tell which kernel it starts, none is marked.
 *
 * Return: 0 or -ENOMEM.
 */
int listed_mark(const struct root *root, const struct loader *loader,
		const struct boot_lines *lines, struct initramfs *images) _must_check_;

/**
 * unified_find_section() - where a section of a PE image is; pure
 * @head:	its first @n bytes
 * @name:	".uname"
 * @ret_at, @ret_size: offset and size in the file
 *
 * Source: Microsoft's PE format (COFF header and section table).
 *
 * Return: it is there.
 */
bool unified_find_section(const unsigned char *head, size_t n, const char *name, uint32_t *ret_at,
			  uint32_t *ret_size);

#endif
