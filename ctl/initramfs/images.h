/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initramfs image of each installed kernel: does it do what the configuration says? */
#ifndef GPUCLAIM_CTL_INITRAMFS_IMAGES_H
#define GPUCLAIM_CTL_INITRAMFS_IMAGES_H

#include <stdbool.h>

#include "helper/base/root.h"

enum initramfs_state {
	INITRAMFS_CURRENT,
	INITRAMFS_STALE,	   /* another configuration, or another helper, is inside */
	INITRAMFS_WITHOUT_US,	   /* no helper is inside */
	INITRAMFS_WITHOUT_MODULES, /* vfio-pci is not inside, though the kernel has it */
	INITRAMFS_NO_DRIVER,  /* the kernel has none, so that the image is as good as it gets */
	INITRAMFS_MISSING,    /* the kernel has no image */
	INITRAMFS_UNREADABLE, /* it can't be told */
	_INITRAMFS_STATE_COUNT,
};

/* What builds the images here. */
enum initramfs_tool {
	INITRAMFS_NO_TOOL,
	INITRAMFS_DRACUT,
	INITRAMFS_TOOLS, /* update-initramfs of Debian and its children */
	_INITRAMFS_TOOL_COUNT,
};

/**
 * struct initramfs_kernel - an installed kernel
 * @image:	its image, relative to the root; NULL: none was found
 * @target:	where its image belongs, likewise; "": the tool knows
 * @kernel:	the kernel itself, likewise
 * @why:	of the state, one sentence; "" for INITRAMFS_CURRENT
 */
struct initramfs_kernel {
	char *release, *image, *target, *kernel, *why;
	enum initramfs_state state;
};

/**
 * struct initramfs - what was found; all owned but @refusal
 * @unified:	the images are parts of unified kernel images, which are not looked into
 * @program:	the tool's absolute path in the root
 * @kernel_install: likewise, where it makes the folders and entries of kernels; else "". It has the
 *		image built where there is none. Others are built in their place: it writes the
 *		entry anew, too, from arguments that may be those of another system's boot
 * @refusal:	why the images can't be rebuilt here, and what to do; a constant, or NULL
 * @kernel:	in the order of their releases, the newest first
 * @next:	the one that the boot loader starts next; @n if that is not known
 */
struct initramfs {
	enum initramfs_tool tool;
	bool unified;
	char program[64], kernel_install[64];
	const char *refusal;
	struct initramfs_kernel *kernel;
	size_t n, next;
};

/**
 * initramfs_read() - find, open and judge the image of each kernel of a root
 *
 * A kernel is installed if it has modules (modules.dep or modules.builtin) and a kernel image,
 * in /boot, in its folder of modules, or where a loader's entry says: a folder of modules alone
 * is what a removed kernel left, and can't boot. Its image is the one that a loader entry of
 * the Boot Loader Specification names, else the first of /boot/initrd.img-RELEASE (Debian),
 * /boot/initramfs-RELEASE.img (dracut), /boot/initrd-RELEASE (SUSE), MACHINE-ID/RELEASE/initrd
 * of kernel-install and initramfs.img in its folder of modules.
 *
 * The configuration is compared by what it means: comments and layout don't count. /run is
 * left out, as it is when an image is built.
 *
 * Return: 0, or -ENOMEM. What can't be read is a state. Free with initramfs_free().
 */
int initramfs_read(const struct root *root, struct initramfs *ret) _must_check_;
void initramfs_free(struct initramfs *images);

#define _cleanup_initramfs_ __attribute__((cleanup(initramfs_free)))

/* The longest command, and the NULL at its end. */
#define INITRAMFS_ARGV_MAX 6

/**
 * initramfs_command() - the command that builds a kernel's image anew
 * @argv:	for exec_run(); owned, free with initramfs_command_free()
 *
 * Return: 0, -EOPNOTSUPP (@images->refusal says why), or -ENOMEM.
 */
int initramfs_command(const struct initramfs *images, size_t kernel,
		      char *argv[static INITRAMFS_ARGV_MAX]) _must_check_;
void initramfs_command_free(char *argv[static INITRAMFS_ARGV_MAX]);

/** initramfs_state_name() - "current", "stale" and so on */
const char *initramfs_state_name(enum initramfs_state state);

/** initramfs_tool_name() - "none", "dracut", "initramfs-tools" */
const char *initramfs_tool_name(enum initramfs_tool tool);

#endif
