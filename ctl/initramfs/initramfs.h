/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels of a root, and the state of each one's image. */
#ifndef GPUCLAIM_CTL_INITRAMFS_INITRAMFS_H
#define GPUCLAIM_CTL_INITRAMFS_INITRAMFS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

enum initramfs_state {
	INITRAMFS_CURRENT,
	INITRAMFS_STALE,	   /* another configuration, or another helper, is inside */
	INITRAMFS_WITHOUT_US,	   /* no helper is inside */
	INITRAMFS_WITHOUT_MODULES, /* vfio-pci is not inside, though the kernel has it, or what
				      loads it is not */
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
};

/**
 * struct initramfs_kernel - an installed kernel
 * @image:	its image, relative to the root; NULL: none was found
 * @target:	where its image belongs, likewise; "": the tool knows
 * @kernel:	the kernel itself, likewise
 * @why:	of the state, one sentence; "" for INITRAMFS_CURRENT
 * @unlisted:	the boot loader's entries are known, and none starts it; nor is it the one that runs
 */
struct initramfs_kernel {
	char *release, *image, *target, *kernel, *why;
	bool unlisted;
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
 * @relists:	the command that gives kernels our arguments gives each of them an entry, too
 */
struct initramfs {
	enum initramfs_tool tool;
	bool unified, relists;
	char program[64], kernel_install[64];
	const char *refusal;
	struct initramfs_kernel *kernel;
	size_t n, next;
};

void initramfs_free(struct initramfs *images);

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

#endif
