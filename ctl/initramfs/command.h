/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that builds an image anew. */
#ifndef GPUCLAIM_CTL_INITRAMFS_COMMAND_H
#define GPUCLAIM_CTL_INITRAMFS_COMMAND_H

#include "ctl/initramfs/initramfs.h"

/* The longest command, and the NULL at its end. */
#define INITRAMFS_ARGV_MAX 6

/**
 * initramfs_command() - the command that builds a kernel's image anew
 * @argv:	for exec_run(); owned, free with initramfs_command_free()
 *
 * Return: 0, -EOPNOTSUPP (@images->refusal says why), or -ENOMEM.
 */
int initramfs_command(const struct initramfs *images, size_t kernel,
		      char *argv[static INITRAMFS_ARGV_MAX]) _must_check_;
void initramfs_command_free(char *argv[static INITRAMFS_ARGV_MAX]);

#endif
