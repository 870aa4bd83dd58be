/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/initramfs.h"

#include <stdlib.h>

static const char *const state_names[] = {
	[INITRAMFS_CURRENT] = "current",
	[INITRAMFS_STALE] = "stale",
	[INITRAMFS_WITHOUT_US] = "without-gpuclaim",
	[INITRAMFS_WITHOUT_MODULES] = "without-modules",
	[INITRAMFS_NO_DRIVER] = "no-driver",
	[INITRAMFS_MISSING] = "missing",
	[INITRAMFS_UNREADABLE] = "unreadable",
};
_Static_assert(ARRAY_SIZE(state_names) == _INITRAMFS_STATE_COUNT, "a state has no name");

static const char *const tool_names[] = {
	[INITRAMFS_NO_TOOL] = "none",
	[INITRAMFS_DRACUT] = "dracut",
	[INITRAMFS_TOOLS] = "initramfs-tools",
};
_Static_assert(ARRAY_SIZE(tool_names) == _INITRAMFS_TOOL_COUNT, "a tool has no name");

const char *initramfs_state_name(enum initramfs_state state)
{
	return state_names[state];
}

const char *initramfs_tool_name(enum initramfs_tool tool)
{
	return tool_names[tool];
}

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
