/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before setup changes anything: is it any use, and is it safe? Reads only. */
#ifndef GPUCLAIM_CTL_SETUP_PRECHECK_H
#define GPUCLAIM_CTL_SETUP_PRECHECK_H

#include <stdint.h>

#include "ctl/initramfs/initramfs.h"
#include "ctl/machine/gpu_users.h"
#include "ctl/print/finding.h"
#include "ctl/readiness/node.h"

/**
 * precheck() - look at everything that setup depends on
 * @node:	of the same root, with its boot and its images
 * @config_text: what SELECTION_FILE will hold
 *
 * In a tree without sys what is about hardware is STATE_SKIP.
 *
 * Return: 0, or a negative errno. Free with findings_free().
 */
int precheck(const struct root *root, const struct node *node, const char *config_text,
	     struct findings *ret) _must_check_;

/** precheck_arming() - will the claims wait for gpuclaim=1? @policy: of the next boot */
int precheck_arming(const struct root *root, const struct policy *policy,
		    struct findings *findings) _must_check_;

/** precheck_next_boot() - who gets what then? @machine: as it is now */
int precheck_next_boot(const struct assessment *future, const struct machine *machine,
		       struct findings *findings) _must_check_;

/* Those that look at the system's software, see precheck_system.c. All return 0 or -ENOMEM. */
int precheck_kernels(const struct root *root, const struct initramfs *images, bool machine,
		     struct findings *findings) _must_check_;
int precheck_room(const struct root *root, struct findings *findings) _must_check_;
int precheck_secure_boot(const struct root *root, bool machine,
			 struct findings *findings) _must_check_;

int precheck_users(const struct gpu_users *users, struct findings *findings) _must_check_;

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
