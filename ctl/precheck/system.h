/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the system's software: kernels, room in /boot, Secure Boot. */
#ifndef GPUCLAIM_CTL_PRECHECK_SYSTEM_H
#define GPUCLAIM_CTL_PRECHECK_SYSTEM_H

#include <stdint.h>

#include "ctl/node/node.h"
#include "ctl/print/finding.h"

/* All return 0 or -ENOMEM. */
int precheck_kernels(const struct root *root, const struct node *node,
		     struct findings *findings) _must_check_;
int precheck_room(const struct root *root, struct findings *findings) _must_check_;
int precheck_secure_boot(const struct root *root, bool machine,
			 struct findings *findings) _must_check_;

/**
 * room_needed() - bytes that /boot must have free while an image is rebuilt beside the old one
 * @biggest_bytes: of the images there are
 */
#define ROOM_SPARE_BYTES (20u << 20)
static inline uint64_t room_needed(uint64_t biggest_bytes)
{
	return biggest_bytes + ROOM_SPARE_BYTES;
}

#endif
