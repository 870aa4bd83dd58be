/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted now, and what will be: /proc/self/mountinfo and /etc/fstab. Pure. */
#ifndef GPUCLAIM_BOOT_RUNNING_MOUNTS_H
#define GPUCLAIM_BOOT_RUNNING_MOUNTS_H

#include <stdbool.h>

#define MOUNTS_WORD_MAX 256

/** mounts_has_option() - "ro", "ro,noatime": is one of them this one? */
bool mounts_has_option(const char *options, const char *name);

/** mounts_find() - is something mounted there? @ret_read_only is that of what is seen */
bool mounts_find(const char *mountinfo, const char *point, bool *ret_read_only);

/**
 * mounts_next_missing() - the next place of fstab where nothing is mounted
 * @fstab:	from where on; advanced
 *
 * Source: fstab(5), proc_pid_mountinfo(5).
 *
 * Return: false: there is no more.
 */
bool mounts_next_missing(const char **fstab, const char *mountinfo,
			 char point[static MOUNTS_WORD_MAX], char options[static MOUNTS_WORD_MAX]);

#endif
