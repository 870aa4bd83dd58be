/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot loader remembers: GRUB's environment block, systemd-boot's EFI variables. */
#ifndef GPUCLAIM_GRUB_BOOT_ENV_H
#define GPUCLAIM_GRUB_BOOT_ENV_H

#include "grub/loader.h"

/** boot_grubenv() - a variable of the environment block, to be freed; NULL if it isn't known */
char *boot_grubenv(const struct root *root, const struct loader *loader, const char *name);

/** boot_efi_variable() - a text that systemd-boot shares, to be freed; NULL if it isn't known */
char *boot_efi_variable(const struct root *root, const char *name);

/**
 * boot_once() - the entry that the boot loader was told to start next, once
 *
 * Source: next_entry of GRUB's environment block; LoaderEntryOneShot of systemd-boot,
 * https://systemd.io/BOOT_LOADER_INTERFACE.
 *
 * Return: its ID, to be freed; NULL if there is none.
 */
char *boot_once(const struct root *root, const struct loader *loader);

/* Of struct loader_kind: by GRUB's environment block, and by systemd-boot's EFI variables. */
char *boot_once_grub(const struct root *root, const struct loader *loader);
char *boot_lasting_grub(const struct root *root, const struct loader *loader);
char *boot_once_efi(const struct root *root, const struct loader *loader);
char *boot_lasting_efi(const struct root *root, const struct loader *loader);

/** boot_chosen_once() - as boot_once(), but for a trial: that is no choice that lasts */
char *boot_chosen_once(const struct root *root, const struct loader *loader);

#endif
