/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel a unified kernel image holds. */
#ifndef GPUCLAIM_BOOT_UNIFIED_H
#define GPUCLAIM_BOOT_UNIFIED_H

#include <stdint.h>

#include "helper/base/root.h"

/* Headers of an image: far more sections than any has fit. */
#define UNIFIED_HEAD_BYTES 4096

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

/**
 * unified_release() - read the release of its kernel
 *
 * Source: UAPI.5, section .uname: the kernel's release, as uname -r has it.
 *
 * Return: true; false: it has none, or can't be read.
 */
bool unified_release(const struct root *root, const char *path, char *buf, size_t size);

#endif
