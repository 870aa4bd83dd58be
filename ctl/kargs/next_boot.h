/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot's kernel arguments will be, beside this one's. */
#ifndef GPUCLAIM_CTL_KARGS_NEXT_BOOT_H
#define GPUCLAIM_CTL_KARGS_NEXT_BOOT_H

#include <stdbool.h>

#include "ctl/kargs/view.h"

#define LACKS_MAX 128

/**
 * struct next_boot - its kernel arguments
 * @lacks:	those that this boot has and the next one lacks, "" for none
 * @against:	those that speak against what is wanted, in the next one and not in this, likewise
 * @source:	the file that they come from, "" if it can't be told
 * @dropped:	those that it has, and that @made_from lacks, from which a later run of the system's
 *		own programs makes the entries; likewise
 * @rescue:	the file of a recovery entry that gpuclaim=1 arms, "" for none
 * @armed:	gpuclaim=1 is new in them
 * @unread:	they are what was asked for: not all that boots could be read
 * @doubt:	what speaks against the boot loader whose files these are, or against the entry; ""
 *		for nothing
 */
struct next_boot {
	char lacks[LACKS_MAX], against[LACKS_MAX], source[128];
	char dropped[LACKS_MAX], made_from[128];
	char doubt[400], rescue[128];
	bool armed, unread;
};

/**
 * next_boot_lines() - the line of this boot and that of the next one; pure
 * @ret_next:	what it will be made from, where its own line is out of reach
 *
 * Return: whether both can be told.
 */
bool next_boot_lines(const struct kargs_view *view, const struct boot_line **ret_running,
		     const struct boot_line **ret_next);

/**
 * next_boot_compare() - hold the next boot's arguments against this one's; pure
 * @ret:	zeroed by the caller; stays so where they can't be told
 *
 * Return: 0 or -ENOMEM.
 */
int next_boot_compare(const struct kargs_view *view, struct next_boot *ret) _must_check_;

#endif
