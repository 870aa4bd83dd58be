/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Builds initramfs images anew, and opens each one afterwards. */
#ifndef GPUCLAIM_CTL_SETUP_IMAGES_H
#define GPUCLAIM_CTL_SETUP_IMAGES_H

#include "ctl/change/report.h"
#include "ctl/initramfs/images.h"

/**
 * setup_find_images() - the images, and their states where these decide which are due
 * @undo, @changes: as in setup_image_is_due(). To open a big image takes half a second
 *
 * Return: 0, or a negative errno. Free with initramfs_free().
 */
int setup_find_images(const struct root *root, bool undo, bool changes,
		      struct initramfs *ret) _must_check_;

/**
 * setup_images() - build the images that are due anew, one by one, and tell so
 * @undo, @changes: as in setup_image_is_due()
 */
enum exit_code setup_images(const struct root *root, bool undo, bool changes,
			    struct report *report);

#endif
