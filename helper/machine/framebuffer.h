/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the boot framebuffer lies, and in whose memory. */
#ifndef GPUCLAIM_HELPER_MACHINE_FRAMEBUFFER_H
#define GPUCLAIM_HELPER_MACHINE_FRAMEBUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define IOMEM_PATH "proc/iomem"

/**
 * struct framebuffer - the boot framebuffer, which the host's console may be on
 * @start, @end: both 0: there is none
 * @owner:	if @owned, the function that the kernel shows it in
 */
struct framebuffer {
	uint64_t start, end;
	bool owned;
	struct pci_address owner;
};

/**
 * framebuffer_read() - look for it in /proc/iomem
 *
 * Source: names in drivers/firmware/sysfb_simplefb.c ("BOOTFB"), drivers/video/fbdev/{efifb,
 * vesafb,offb,simplefb}.c, drivers/gpu/drm/sysfb (tiny/simpledrm.c once); iomem_open() in
 * kernel/resource.c, which shows all addresses as 0 to who is not root.
 *
 * Return: 0, -EPERM (there is one, and where is for root only), or another negative errno.
 */
int framebuffer_read(const struct root *root, struct framebuffer *ret) _must_check_;

/**
 * framebuffer_is_in() - is it in one of a function's BARs?
 * @resource:	what the attribute of that name says; its first six lines are the BARs: start, end,
 *		flags
 */
bool framebuffer_is_in(const struct framebuffer *framebuffer, const char *resource);

#endif
