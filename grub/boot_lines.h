/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of the command lines share among themselves. */
#ifndef GPUCLAIM_GRUB_BOOT_LINES_H
#define GPUCLAIM_GRUB_BOOT_LINES_H

#include "grub/boot.h"

/**
 * boot_add() - append one line
 * @line:	what is not NULL is copied; @line->source without its leading slash
 *
 * Return: 0 or -ENOMEM.
 */
int boot_add(struct boot_lines *lines, const struct boot_line *line) _must_check_;

/** boot_grubenv() - a variable of the environment block, to be freed; NULL if it isn't known */
char *boot_grubenv(const struct root *root, const struct loader *loader, const char *name);

/** boot_efi_variable() - a text that systemd-boot shares, to be freed; NULL if it isn't known */
char *boot_efi_variable(const struct root *root, const char *name);

/** boot_read_entries() - BOOT_KERNEL lines of the Boot Loader Specification, BOOT_NEXT, BOOT_TRIAL
 */
int boot_read_entries(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines) _must_check_;

/** boot_read_config() - BOOT_KERNEL lines of grub.cfg, BOOT_NEXT and BOOT_TRIAL */
int boot_read_config(const struct root *root, const struct loader *loader,
		     struct boot_lines *lines) _must_check_;

#endif
