/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds an image against the system that it is to start. Pure. */
#ifndef GPUCLAIM_CTL_INITRAMFS_JUDGE_H
#define GPUCLAIM_CTL_INITRAMFS_JUDGE_H

#include "ctl/initramfs/content.h"
#include "ctl/initramfs/initramfs.h"

/**
 * struct installed - what the system has
 * @helper:	the helper's bytes; NULL: none is installed
 * @conf:	the effective configuration files, without those of /run
 */
struct installed {
	char *helper;
	size_t helper_size;
	struct conf_file *conf;
	size_t n_conf;
};

/**
 * initramfs_judge() - does the image do what the system's files say?
 * @release:	of the kernel that the image is for
 * @modules:	those that have to be inside: see initramfs_modules()
 * @ret_why:	one sentence, to be freed; "" for INITRAMFS_CURRENT
 *
 * Where modules have to be inside, IMAGE_KMOD has to be, too.
 *
 * Return: 0 or -ENOMEM.
 */
int initramfs_judge(const struct image *image, const struct installed *installed,
		    const char *release, const struct text_list *modules, enum initramfs_state *ret,
		    char **ret_why) _must_check_;

/**
 * initramfs_modules() - the modules without which nothing can be claimed in an initramfs
 * @dep:	the kernel's modules.dep
 * @builtin:	its modules.builtin
 * @ret:	vfio_pci and vfio_iommu_type1 with all that they need, but for what is built in
 *
 * Source: modules.dep(5); the vfio core asks for vfio_iommu_type1 when a container is opened.
 *
 * Return: 0, -ENOENT (the kernel has no vfio_pci at all), or -ENOMEM.
 */
int initramfs_modules(const char *dep, const char *builtin, struct text_list *ret) _must_check_;

#endif
