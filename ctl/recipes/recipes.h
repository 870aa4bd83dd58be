/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leftovers of older ways to give devices to vfio-pci, which take more than was selected. */
#ifndef GPUCLAIM_CTL_RECIPES_RECIPES_H
#define GPUCLAIM_CTL_RECIPES_RECIPES_H

#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * struct recipes - what is left over
 * @found:	one text each: "/etc/udev/rules.d/99-vfio.rules:1 (driver_override, a udev rule)"
 * @unread:	places that can't be read, and why
 * @ignored:	of ignored_find()
 */
struct recipes {
	struct text_list found, unread, ignored;
};

/**
 * recipes_read() - look for what binds functions beside gpuclaim
 * @cmdline:	the running kernel's command line, where it was read before; NULL: it is read now
 *
 * On the running kernel's command line, in the places of recipe_sources_read(), and among
 * driverctl's overrides those of GPUs and their companions. What binds nothing (a blacklist,
 * vfio-pci in a list of modules to load) is none.
 *
 * Return: 0, or -ENOMEM. Free with recipes_free().
 */
int recipes_read(const struct root *root, const char *cmdline, struct recipes *ret) _must_check_;
void recipes_free(struct recipes *recipes);

#endif
