/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules a modalias would load, from the text of modules.alias. Pure. */
#ifndef GPUCLAIM_HELPER_MACHINE_MODALIAS_H
#define GPUCLAIM_HELPER_MACHINE_MODALIAS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/util.h"

/* Longest module name with its NUL (MODULE_NAME_LEN, include/linux/module.h, is 56). */
#define MODULE_NAME_MAX 64

/**
 * struct alias_match - one module whose alias matches
 * @wildcards:	how many '*' the matching pattern has: fewer is more specific
 */
struct alias_match {
	char module[MODULE_NAME_MAX];
	unsigned wildcards;
};

/**
 * modalias_match() - all modules that match, each once
 * @text:	lines "alias PATTERN MODULE" (modules.alias, depmod(8)); other
 *		lines are passed over
 * @modalias:	a device's, "pci:v000010DEd00001C81sv…"; or the same beginning with
 *		"vfio_pci:" for variant drivers (commit cc6711b0bf36, Linux 5.16)
 * @ret:	in the order of the text, with the fewest wildcards each; to be
 *		freed; untouched on failure
 *
 * Patterns are those of fnmatch(3), as kmod takes them.
 *
 * Return: 0, or -ENOMEM.
 */
int modalias_match(const char *text, size_t size, const char *modalias, struct alias_match **ret,
		   size_t *ret_n) _must_check_;

/**
 * modalias_variant() - the most specific variant driver's module for a device
 * @modalias:	the device's own, beginning with "pci:"
 * @buf:	the module's name
 *
 * vfio_pci itself, which matches everything, counts as none: it has the most wildcards.
 * Of equals the first of the text is taken.
 *
 * Return: true if there is one that is not vfio_pci.
 */
bool modalias_variant(const char *text, size_t size, const char *modalias,
		      char buf[static MODULE_NAME_MAX]);

/** module_name_equal() - compare module or driver names, '-' being '_' */
bool module_name_equal(const char *a, const char *b);

#endif
