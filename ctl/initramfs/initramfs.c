/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/initramfs.h"

#include <stdlib.h>

void initramfs_free(struct initramfs *images)
{
	for (size_t i = 0; i < images->n; i++) {
		free(images->kernel[i].release);
		free(images->kernel[i].image);
		free(images->kernel[i].target);
		free(images->kernel[i].kernel);
		free(images->kernel[i].why);
	}
	free(images->kernel);
	*images = (struct initramfs){0};
}
