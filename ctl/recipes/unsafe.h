/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether vfio is told to start guests without interrupt remapping, before it is loaded. */
#ifndef GPUCLAIM_CTL_RECIPES_UNSAFE_H
#define GPUCLAIM_CTL_RECIPES_UNSAFE_H

#include <stdbool.h>

#include "ctl/recipes/recipe_text.h"
#include "helper/base/root.h"
#include "helper/policy/kernel_args.h"

/**
 * unsafe_interrupts_asked() - will vfio_iommu_type1 or iommufd be loaded with
 * allow_unsafe_interrupts?
 * @args:	of the running kernel
 *
 * Of one that is there its own parameter tells, and this does not count it. The kernel command line
 * beats modprobe.d; of that the last file by its name counts. What can't be read says nothing.
 *
 * Source: modprobe.d(5); kmod_module_get_options() and the order of libkmod-config.c, in which the
 * kernel command line is the last; kstrtobool().
 *
 * Return: 0 with @ret set, or -ENOMEM.
 */
int unsafe_interrupts_asked(const struct root *root, const struct kernel_args *args,
			    bool *ret) _must_check_;

/**
 * unsafe_options_find() - the lines of modprobe.d that say so, or that it is not so. Pure
 *
 * Return: 0 or -ENOMEM; free with recipe_lines_free().
 */
int unsafe_options_find(const char *text, struct recipe_lines *ret) _must_check_;

#endif
