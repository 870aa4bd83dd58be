/* SPDX-License-Identifier: GPL-2.0-or-later */
/* grub.cfg: the command lines in it. */
#ifndef GPUCLAIM_BOOT_CONFIG_H
#define GPUCLAIM_BOOT_CONFIG_H

#include "boot/lines.h"
#include "boot/loader.h"

/** boot_read_config() - BOOT_KERNEL lines of grub.cfg, BOOT_NEXT and BOOT_TRIAL */
int boot_read_config(const struct root *root, const struct loader *loader,
		     struct boot_lines *lines) _must_check_;

/** boot_custom_path() - custom.cfg beside grub.cfg, relative to the root, to be freed; or NULL */
char *boot_custom_path(const struct loader *loader);

#endif
