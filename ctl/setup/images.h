/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds initramfs images anew, and opens each one afterwards. */
#ifndef GPUCLAIM_CTL_SETUP_IMAGES_H
#define GPUCLAIM_CTL_SETUP_IMAGES_H

#include "ctl/change/report.h"

/**
 * struct setup_images - the images of one run
 * @known:	see initramfs_look()
 * @undo, @changes: as in setup_image_is_due()
 */
struct setup_images {
	struct initramfs *images;
	const struct boot_known *known;
	bool undo, changes;
};

/**
 * setup_open_images() - their states, where these decide which are due
 *
 * To open a big image takes half a second. Return: 0, or a negative errno.
 */
int setup_open_images(const struct root *root, const struct setup_images *images) _must_check_;

/** setup_build_image() - one, by its command, under @title; what was done is kept in the report */
int setup_build_image(const struct root *root, struct change_step *step, const char *title,
		      struct report *report);

/** setup_build_images() - build those that are due anew, one by one, and tell so */
int setup_build_images(const struct root *root, const struct setup_images *images,
		       struct report *report);

#endif
