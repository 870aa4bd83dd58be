/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules would take a function, if nobody kept it from them. */
#ifndef GPUCLAIM_CTL_MACHINE_NATIVE_DRIVERS_H
#define GPUCLAIM_CTL_MACHINE_NATIVE_DRIVERS_H

#include "helper/machine/modalias.h"
#include "helper/machine/module.h"
#include "helper/machine/scan.h"

/**
 * native_drivers_find() - all modules whose alias matches, and the one that has it now
 * @modalias:	the function's; "" if it isn't known
 * @function:	with its driver
 * @ret:	without vfio's own; to be freed; untouched on failure
 *
 * Return: 0, or -ENOMEM.
 */
int native_drivers_find(const struct root *root, const struct module_aliases *aliases,
			const char *modalias, const struct function *function,
			struct alias_match **ret, size_t *ret_n) _must_check_;

#endif
