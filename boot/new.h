/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a kernel that is installed tomorrow, where GRUB's script does not make it. */
#ifndef GPUCLAIM_BOOT_NEW_H
#define GPUCLAIM_BOOT_NEW_H

#include "boot/lines.h"
#include "boot/loader.h"

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
 * boot_read_template() - append boot_new_cmdline(), and the files that follow it, as BOOT_NEW
 *
 * Source: create_boot_options() of sdbootutil, as of April 2026; earlier ones take a last line
 * without a newline, too. Return: 0 or a negative errno.
 */
int boot_read_template(const struct root *root, const struct loader *loader,
		       struct boot_lines *lines) _must_check_;

/**
 * boot_read_image() - append what the files of usr/lib/bootc/kargs.d say together as BOOT_NEW
 *
 * They are for what an image is installed on, and the next image's are held against them. A file
 * that can't be read makes the line an unknown one. Where there is none, nothing is appended.
 *
 * Return: 0 or a negative errno.
 */
int boot_read_image(const struct root *root, const struct loader *loader,
		    struct boot_lines *lines) _must_check_;

/** boot_has_image_kargs() - is a file there for boot_read_image()? */
bool boot_has_image_kargs(const struct root *root);

/** boot_read_shared() - append $kernelopts of GRUB's environment block as BOOT_NEW. Return: same */
int boot_read_shared(const struct root *root, const struct loader *loader,
		     struct boot_lines *lines) _must_check_;

#endif
