/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running system's command line, as evidence of the boot loader that started it. */
#ifndef GPUCLAIM_BOOT_RUNNING_RUNNING_H
#define GPUCLAIM_BOOT_RUNNING_RUNNING_H

#include <stdbool.h>

#include "boot/loader.h"

/**
 * running_cmdline() - the command line that this system was started with
 *
 * It is another system's in a chroot, below --root in an installer, and where what root= names is
 * not mounted as /. PXE and kexec tell nothing of the boot loader on the disk.
 *
 * Source: type_of_loader in Documentation/arch/x86/boot.rst, and bootloader_type in
 * Documentation/admin-guide/sysctl/kernel.rst, for PXE and kexec.
 *
 * Return: it, to be freed; NULL if there is none, or if it says nothing.
 */
char *running_cmdline(const struct root *root);

/** running_is_own() - was this system started with the command line that runs? see
 * running_cmdline() */
bool running_is_own(const struct root *root, const char *cmdline);

/** running_word() - the word of a command line that begins so, and its length; or NULL */
const char *running_word(const char *cmdline, const char *prefix, size_t *ret_length);

/**
 * running_starter() - who started a kernel, by its command line
 * @ret_word:	the word that tells, in @cmdline, and @ret_length its length
 *
 * GRUB adds BOOT_IMAGE=, systemd-boot and the firmware initrd=\PATH. Pure.
 */
enum boot_starter running_starter(const char *cmdline, const char **ret_word, size_t *ret_length);

/** running_mount() - the block device ("8:2") at a place, by mountinfo. Return: false: not known */
bool running_mount(const char *mountinfo, const char *place, char *ret, size_t size);

/** running_device() - the block device that "UUID=1234" or "/dev/sda2" is. Return: false: not known
 */
bool running_device(const struct root *root, const char *name, char *ret, size_t size);

#endif
