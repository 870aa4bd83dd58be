/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel-install's configuration: which kind of entry it makes, and how it calls them. */
#ifndef GPUCLAIM_BOOT_LAYOUT_H
#define GPUCLAIM_BOOT_LAYOUT_H

#include "helper/base/root.h"

/**
 * boot_layout() - what install.conf and its drop-ins say of the layout
 * @ret:	"uki" for example, to be freed; NULL: nothing
 *
 * Source: kernel-install(8): of install.conf the first that is there counts;
 * install.conf.d/NAME.conf are read after it, by name, each of the first folder that has it; a
 * later line wins. The files are lists of shell-like assignments.
 *
 * Return: 0, or a negative errno.
 */
int boot_layout(const struct root *root, char **ret) _must_check_;

/**
 * struct boot_tokens - what kernel-install calls entries and folders after; "": not there
 * @said:	in a file, which alone counts then
 * @machine:	the machine's ID; a name of os-release takes its place where a folder has it
 */
struct boot_tokens {
	char said[128], machine[128];
};

/**
 * boot_tokens_read() - read them; one that can't be read is "", and noted in @root->trouble
 *
 * Source: kernel-install(8), --entry-token.
 */
struct boot_tokens boot_tokens_read(const struct root *root);

#endif
