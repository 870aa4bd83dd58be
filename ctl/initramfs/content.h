/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of gpuclaim is inside an initramfs image. */
#ifndef GPUCLAIM_CTL_INITRAMFS_CONTENT_H
#define GPUCLAIM_CTL_INITRAMFS_CONTENT_H

#include <stdbool.h>

#include "helper/base/text.h"
#include "helper/policy/conf_files.h"

/* The early-boot helper, in a root and in an image. */
#define IMAGE_HELPER "usr/lib/udev/gpuclaim"

/* The library that the helper opens where it has a module to load; its folder is the image's own.
 */
#define IMAGE_KMOD "libkmod.so.2"

/* A program of ours has tenths of that. */
#define IMAGE_HELPER_MAX (16u << 20)

/**
 * struct image - what was found
 * @helper:	the helper's bytes, @helper_size of them; NULL if it is not inside; owned
 * @conf:	the effective configuration files in the order of their paths, /etc before
 *		/usr/lib; owned, free with conf_files_free()
 * @modules:	the names of all kernel modules, of any release, as "RELEASE/vfio_pci"
 * @kmod:	IMAGE_KMOD is inside
 * @packed:	the image holds a file system of its own, in which most of it is
 */
struct image {
	char *helper;
	size_t helper_size;
	struct conf_file *conf;
	size_t n_conf;
	struct text_list modules;
	bool kmod, packed;
};

/**
 * image_inspect() - read an image
 * @fd:		open for reading
 * @ret_why:	as image_read()'s
 *
 * Return: 0, or as image_read(). Free with image_free().
 */
int image_inspect(int fd, struct image *ret, const char **ret_why) _must_check_;
void image_free(struct image *image);

/**
 * image_module_name() - a module's name, from the path of its file
 * @path:	"kernel/drivers/vfio/pci/vfio-pci.ko.xz" for example; ends with a NUL, a blank or
 *		a colon
 *
 * Return: false if it is no module's path.
 */
bool image_module_name(const char *path, char *ret, size_t size);

#endif
