/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /etc/default/grub and its drop-ins: the command line that grub-mkconfig makes of them. */
#ifndef GPUCLAIM_BOOT_DEFAULT_H
#define GPUCLAIM_BOOT_DEFAULT_H

#include "boot/lines.h"
#include "boot/loader.h"

/**
 * struct boot_change - a drop-in as it might be
 * @text:	what it would hold; NULL: as if it were not there
 */
struct boot_change {
	const char *path, *text;
};

/**
 * boot_grub_cmdline() - what grub-mkconfig would make of /etc/default/grub and its drop-ins
 * @change:	of one of them; NULL: as they are
 * @ret:	the line's cmdline, source, line and why; to be freed with boot_line_free()
 *
 * Source: util/grub.d/10_linux: "${GRUB_CMDLINE_LINUX} ${GRUB_CMDLINE_LINUX_DEFAULT}".
 *
 * Pure. Return: 0 or -ENOMEM.
 */
int boot_grub_cmdline(const struct boot_sources *sources, const struct boot_change *change,
		      struct boot_line *ret) _must_check_;
/** boot_source_text() - what the file holds; NULL if it is none of the sources, or not there */
const char *boot_source_text(const struct boot_sources *sources, const char *path);

/** boot_read_default() - read @lines->sources, and append BOOT_NEW. Return: 0 or a negative errno
 */
int boot_read_default(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines) _must_check_;

/**
 * boot_read_spread() - the arguments of etc/default/grub, which grub2-mkconfig may bring into
 * entries
 * @ret:	the line's source and cmdline; cmdline is NULL where there is no file, or only a
 * shell can tell; to be freed with boot_line_free()
 *
 * Source: update_bls_cmdline() in 10_linux of Red Hat's GRUB.
 *
 * Return: 0 or a negative errno.
 */
int boot_read_spread(const struct root *root, struct boot_line *ret) _must_check_;

/** boot_shell_value() - what a file of assignments sets a variable to, to be freed; NULL: nothing,
 * or only a shell can tell, or it can't be read, which is noted in @root->trouble */
char *boot_shell_value(const struct root *root, const char *path, const char *name);

/** boot_grub_setter() - the file that sets this variable of GRUB's ("GRUB_…"); NULL: it is empty,
 * not set, or only a shell can tell. Pure */
const char *boot_grub_setter(const struct boot_sources *sources, const char *name);

#endif
