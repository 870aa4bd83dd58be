/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB's environment block: read, and edited within its size. Pure. */
#ifndef GPUCLAIM_GRUB_GRUBENV_H
#define GPUCLAIM_GRUB_GRUBENV_H

#include "helper/base/util.h"

/**
 * grubenv_get() - a variable of GRUB's environment block, to be freed
 *
 * Source: grub-core/lib/envblk.c: "name=value" lines after the signature; a backslash
 * stands before a newline or a backslash that belongs to the value; lines that begin with
 * '#' say nothing (a warning comes first since 2.06), and '#' fills the rest; set_var() in
 * grub-core/commands/loadenv.c sets them all, the last of a name too.
 *
 * Return: 0, -ENOENT, or -EINVAL (no such block), -ENOMEM.
 */
int grubenv_get(const char *text, const char *name, char **ret) _must_check_;

/**
 * grubenv_set() - a block of the same size in which a variable has another value
 * @value:	NULL: the variable is not there
 * @ret:	to be freed; but for that variable and what fills the block no byte is changed
 *
 * The size of the block is fixed: GRUB writes where it lies on the disk.
 *
 * Return: 0, -ENOSPC (the value does not fit), -EINVAL (no such block), -ENOMEM.
 */
int grubenv_set(const char *text, const char *name, const char *value, char **ret) _must_check_;

/**
 * grubenv_expand() - an entry's options as GRUB makes them of the block
 * @block:	NULL: there is none
 *
 * Variables that the block does not have stay: grub.cfg may set them. Values are not expanded
 * again.
 *
 * Source: expand_val() in grub-core/commands/blscfg.c (rhboot/grub2).
 *
 * Return: it, to be freed; NULL: out of memory.
 */
char *grubenv_expand(const char *block, const char *options);

#endif
