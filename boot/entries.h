/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the Boot Loader Specification: the command lines in them. */
#ifndef GPUCLAIM_BOOT_ENTRIES_H
#define GPUCLAIM_BOOT_ENTRIES_H

#include "boot/lines.h"
#include "boot/loader.h"

/** boot_read_entries() - BOOT_KERNEL lines of the Boot Loader Specification, BOOT_NEXT, BOOT_TRIAL
 */
int boot_read_entries(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines) _must_check_;

/**
 * boot_read_staged() - of the deployment that ostree has staged BOOT_NEXT, and that again as
 * BOOT_KERNEL
 *
 * Its entry is written when the machine shuts down.
 *
 * Return: 1, 0 where none is staged, or one that gets the arguments of the entries, or a negative
 * errno.
 */
int boot_read_staged(const struct root *root, struct boot_lines *lines) _must_check_;

/**
 * boot_entry_is_same() - are both paths of one entry? Pure
 *
 * What counts its boots ("+3-1" before ".conf") is not part of its name: each boot changes it.
 *
 * Source: "Boot Counting" in the Boot Loader Specification (UAPI.1).
 */
bool boot_entry_is_same(const char *a, const char *b);

/**
 * boot_find_kernel() - is a kernel installed, whether or not an entry starts it?
 * @ret:	its path, to be freed; NULL: none
 *
 * A rescue kernel does not count. Return: 0, or a negative errno.
 */
int boot_find_kernel(const struct root *root, char **ret) _must_check_;

#endif
