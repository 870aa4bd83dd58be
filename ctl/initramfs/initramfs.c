/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/initramfs.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"

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

int initramfs_command(const struct initramfs *images, size_t kernel,
		      char *argv[static INITRAMFS_ARGV_MAX])
{
	const struct initramfs_kernel *k = &images->kernel[kernel];
	size_t n = 0;

	for (size_t i = 0; i < INITRAMFS_ARGV_MAX; i++)
		argv[i] = NULL;
	if (images->refusal)
		return -EOPNOTSUPP;

	argv[n++] = strdup(*images->kernel_install && !k->image ? images->kernel_install
								: images->program);
	if (images->tool == INITRAMFS_TOOLS) {
		argv[n++] = strdup(k->image ? "-u" : "-c");
		argv[n++] = strdup("-k");
		argv[n++] = strdup(k->release);
	} else if (*images->kernel_install && !k->image) {
		argv[n++] = strdup("add");
		argv[n++] = strdup(k->release);
		argv[n++] = text_absolute(k->kernel);
	} else {
		argv[n++] = strdup("--force");
		argv[n++] = *k->target ? text_absolute(k->target) : strdup("--kver");
		argv[n++] = strdup(k->release);
	}
	for (size_t i = 0; i < n; i++) {
		if (argv[i])
			continue;
		initramfs_command_free(argv);
		return -ENOMEM;
	}
	return 0;
}

void initramfs_command_free(char *argv[static INITRAMFS_ARGV_MAX])
{
	for (size_t i = 0; i < INITRAMFS_ARGV_MAX; i++)
		free(TAKE_PTR(argv[i]));
}
