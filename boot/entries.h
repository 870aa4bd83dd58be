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

#endif
