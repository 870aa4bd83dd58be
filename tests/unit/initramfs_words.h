/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for the states of images, in tables of tests. */
#ifndef GPUCLAIM_TESTS_UNIT_INITRAMFS_WORDS_H
#define GPUCLAIM_TESTS_UNIT_INITRAMFS_WORDS_H

#include "ctl/initramfs/initramfs.h"

static inline const char *initramfs_state_name(enum initramfs_state state)
{
	static const char *const names[] = {
		[INITRAMFS_CURRENT] = "current",
		[INITRAMFS_STALE] = "stale",
		[INITRAMFS_WITHOUT_US] = "without-gpuclaim",
		[INITRAMFS_WITHOUT_MODULES] = "without-modules",
		[INITRAMFS_NO_DRIVER] = "no-driver",
		[INITRAMFS_MISSING] = "missing",
		[INITRAMFS_UNREADABLE] = "unreadable",
	};

	_Static_assert(ARRAY_SIZE(names) == _INITRAMFS_STATE_COUNT, "a state has no name");
	return names[state];
}

#endif
