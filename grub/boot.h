/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel command lines of a machine: of now, of the next boot, of each kernel. Reads only. */
#ifndef GPUCLAIM_GRUB_BOOT_H
#define GPUCLAIM_GRUB_BOOT_H

#include "grub/kargs.h"
#include "grub/loader.h"
#include "helper/base/text.h"

enum boot_kind {
	BOOT_RUNNING, /* /proc/cmdline */
	BOOT_NEXT,    /* the entry that the boot loader will choose; under a trial: after it */
	BOOT_TRIAL,   /* our own entry, which it will choose once, before that */
	BOOT_KERNEL,  /* an installed kernel */
	BOOT_NEW,     /* what a kernel installed tomorrow would get */
	_BOOT_COUNT,
};

/**
 * struct boot_line - one command line
 * @name:	the kernel's release, or the entry's title; owned
 * @cmdline:	owned; NULL if it can't be told
 * @source:	the file, with a leading slash, owned; @line in it, 0: the whole file
 * @entry:	the entry's file, relative to the root, owned; NULL where there is none
 * @kernel:	the path of the kernel as the boot loader names it, owned; or NULL
 * @why:	why @cmdline is not known, a constant; else NULL
 * @recovery:	a rescue or recovery entry: it should not have our arguments
 */
struct boot_line {
	enum boot_kind kind;
	char *name, *cmdline, *source, *entry, *kernel;
	unsigned line;
	const char *why;
	bool recovery;
};

struct boot_lines {
	struct boot_line *line;
	size_t n;
};

/** boot_kind_name() - "running", "next", "kernel", "new" */
const char *boot_kind_name(enum boot_kind kind);

/**
 * boot_read() - read all of them
 *
 * Return: 0, or a negative errno (a file that is there but can't be read). Free with
 * boot_lines_free().
 */
int boot_read(const struct root *root, const struct loader *loader,
	      struct boot_lines *ret) _must_check_;
void boot_lines_free(struct boot_lines *lines);

#define _cleanup_boot_lines_ __attribute__((cleanup(boot_lines_free)))

/**
 * boot_new_cmdline() - where a new kernel's arguments come from without GRUB's script
 * @ret_path:	/etc/kernel/cmdline, /usr/lib/kernel/cmdline or /proc/cmdline, relative
 *
 * Source: 90-loaderentry.install and 20-grub.install; what the boot loader added to
 * /proc/cmdline (BOOT_IMAGE, initrd) is left out, and so is what only a trial has.
 *
 * Return: 0, -ENOENT, or another negative errno.
 */
int boot_new_cmdline(const struct root *root, char **ret, const char **ret_path) _must_check_;

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
 * Return: 0, or a negative errno.
 */
int boot_grub_cmdline(const struct root *root, const struct loader *loader,
		      const struct boot_change *change, struct boot_line *ret) _must_check_;
void boot_line_free(struct boot_line *line);

#define _cleanup_boot_line_ __attribute__((cleanup(boot_line_free)))

/**
 * boot_once() - the entry that the boot loader was told to start next, once
 *
 * Source: next_entry of GRUB's environment block; LoaderEntryOneShot of systemd-boot,
 * https://systemd.io/BOOT_LOADER_INTERFACE.
 *
 * Return: its ID, to be freed; NULL if there is none.
 */
char *boot_once(const struct root *root, const struct loader *loader);

/** boot_custom_path() - custom.cfg beside grub.cfg, relative to the root, to be freed; or NULL */
char *boot_custom_path(const struct loader *loader);

/** boot_list_dropins() - the files etc/default/grub.d/NAME.cfg in the order they are read */
int boot_list_dropins(const struct root *root, struct text_list *ret) _must_check_;

#endif
