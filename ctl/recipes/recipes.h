/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leftovers of older ways to give devices to vfio-pci, which take more than was selected. */
#ifndef GPUCLAIM_CTL_RECIPES_RECIPES_H
#define GPUCLAIM_CTL_RECIPES_RECIPES_H

#include <stdbool.h>

#include "helper/base/root.h"
#include "helper/base/text.h"

/* Places, one text each: "vfio-pci.ids=10de:1c81 on the kernel command line". */
struct recipes {
	char **place; /* owned */
	size_t n;
};

/**
 * recipes_read() - look for ids= options of vfio-pci
 *
 * On the running kernel's command line, and in the files *.conf of modprobe.d
 * below /etc, /run and /usr/lib, of which a name in an earlier folder hides the
 * same name in a later one (modprobe.d(5)).
 *
 * Return: 0, or -ENOMEM. What can't be read is passed over. Free with recipes_free().
 */
int recipes_read(const struct root *root, struct recipes *ret) _must_check_;
void recipes_free(struct recipes *recipes);

/** recipes_list_modprobe() - the files of modprobe.d that count, by folder and name. 0 or -ENOMEM
 */
int recipes_list_modprobe(const struct root *root, struct text_list *ret) _must_check_;

/** recipes_in_modprobe() - the line of the first "options vfio-pci … ids=…", or 0. Pure. */
unsigned recipes_in_modprobe(const char *text);

#endif
