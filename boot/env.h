/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a boot loader remembers: GRUB's environment block, systemd-boot's EFI variables. */
#ifndef GPUCLAIM_BOOT_ENV_H
#define GPUCLAIM_BOOT_ENV_H

#include "boot/loader.h"

/** boot_variable() - a variable of the environment block, to be freed; NULL if it isn't known */
char *boot_variable(const struct loader *loader, const char *name);

/** boot_efi_variable() - a text that systemd-boot shares, to be freed; NULL if it isn't known */
char *boot_efi_variable(const struct root *root, const char *name);

/*
 * Of struct loader_kind: by GRUB's environment block, and by systemd-boot's EFI variables.
 *
 * Source: next_entry and saved_entry of GRUB's environment block; LoaderEntryOneShot and
 * LoaderEntryDefault of systemd-boot, https://systemd.io/BOOT_LOADER_INTERFACE.
 */
char *boot_once_grub(const struct root *root, const struct loader *loader);
char *boot_lasting_grub(const struct root *root, const struct loader *loader);
char *boot_lasting_bls(const struct root *root, const struct loader *loader);
char *boot_once_efi(const struct root *root, const struct loader *loader);
char *boot_lasting_efi(const struct root *root, const struct loader *loader);

/** boot_chosen_once() - @loader->once, but for a trial: that is no choice that lasts */
const char *boot_chosen_once(const struct loader *loader);

#endif
