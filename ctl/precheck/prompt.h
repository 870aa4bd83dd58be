/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Will a boot ask for a passphrase on the graphical console? */
#ifndef GPUCLAIM_CTL_PRECHECK_PROMPT_H
#define GPUCLAIM_CTL_PRECHECK_PROMPT_H

#include "helper/base/root.h"

/**
 * passphrase_prompt_find() - look for the first disk that is opened by a passphrase
 * @cmdline:	of the boot that is asked about
 * @ret:	"cryptroot (/etc/crypttab:1)", to be freed; NULL: nobody asks, or on a serial
 * console
 *
 * An entry with a key file or a token does not ask, nor does ZFS with a keylocation= that is a
 * file; of ZFS the list that zed keeps tells, where there is one. Clevis can't be seen: it answers
 * the prompt.
 *
 * Source: crypttab(5) of systemd and of Debian, systemd-cryptsetup-generator(8) (rd.luks.*),
 * dracut.cmdline(7), zfs-mount-generator(8) (zfs-list.cache), mkinitcpio's hook encrypt
 * (cryptdevice=); the last console= is /dev/console (Documentation/admin-guide/serial-console.rst).
 *
 * Return: 0 or -ENOMEM.
 */
int passphrase_prompt_find(const struct root *root, const char *cmdline, char **ret) _must_check_;

#endif
