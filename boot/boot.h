/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command lines of a machine: of now, of the next boot, of each kernel. Reads only. */
#ifndef GPUCLAIM_BOOT_BOOT_H
#define GPUCLAIM_BOOT_BOOT_H

#include "boot/lines.h"
#include "boot/loader.h"

/**
 * boot_read() - read all of them
 * @known:	read before in this run: what runs now is taken from them; or NULL
 *
 * Return: 0, or a negative errno (a file that is there but can't be read). Free with
 * boot_lines_free().
 */
int boot_read(const struct root *root, const struct loader *loader, const struct boot_lines *known,
	      struct boot_lines *ret) _must_check_;

#endif
