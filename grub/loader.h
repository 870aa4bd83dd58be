/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which boot loader a machine has, and where its files are. */
#ifndef GPUCLAIM_GRUB_LOADER_H
#define GPUCLAIM_GRUB_LOADER_H

#include <stdbool.h>

#include "helper/base/root.h"

enum loader_kind {
	LOADER_UNKNOWN,
	LOADER_GRUB_DROPIN,  /* Debian, Ubuntu: /etc/default/grub.d is read */
	LOADER_GRUB_DEFAULT, /* SUSE, Arch: /etc/default/grub and grub-mkconfig */
	LOADER_GRUBENV,	     /* RHEL 8: entries say $kernelopts, which grubenv holds */
	LOADER_BLS,	     /* RHEL 9, 10, Fedora: entries and /etc/kernel/cmdline */
	LOADER_SYSTEMD_BOOT, /* entries that kernel-install writes */
	LOADER_OSTREE,	     /* each deployment has its arguments */
	LOADER_UKI,	     /* the arguments are inside the signed kernel image */
	_LOADER_COUNT,
};

/**
 * struct loader - what was found
 * @refusal:	why its arguments can't be changed, and what to do; NULL if they can. A constant
 * @tool:	the program that does it, an absolute path in the root; "" if there is none
 * @keeps_default: grubby knows --no-etc-grub-update
 * @config, @grubenv, @entries: grub.cfg, the environment block and the folder of
 *		entries, relative to the root; NULL if there is none
 */
struct loader {
	enum loader_kind kind;
	const char *refusal;
	char tool[64];
	bool keeps_default;
	const char *config, *grubenv, *entries;
};

/** loader_detect() - look at the files of the root */
struct loader loader_detect(const struct root *root) _must_check_;

/** loader_name() - "grub-dropin" for example: the words of the JSON */
const char *loader_name(enum loader_kind kind);

/** loader_find_tool() - the absolute path of a program in the root; false: it is not there */
bool loader_find_tool(const struct root *root, const char *name, char *ret, size_t size);

#endif
