/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells whether two files are the same program. Pure. */
#ifndef GPUCLAIM_CTL_INITRAMFS_BUILD_ID_H
#define GPUCLAIM_CTL_INITRAMFS_BUILD_ID_H

#include <stdbool.h>
#include <stddef.h>

/**
 * build_id_find() - the ELF note that a linker leaves (ld --build-id)
 * @ret_size:	its size in bytes
 *
 * Return: a pointer into @data, or NULL if there is none, or @data is no ELF file of this
 * machine's kind.
 */
const unsigned char *build_id_find(const char *data, size_t size, size_t *ret_size);

/**
 * build_id_same() - are they the same program?
 *
 * By their build IDs, since dracut strips what it packs; by their bytes where one has none.
 */
bool build_id_same(const char *a, size_t a_size, const char *b, size_t b_size);

#endif
