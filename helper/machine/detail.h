/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read only of the functions that matter, and of their groups. */
#ifndef GPUCLAIM_HELPER_MACHINE_DETAIL_H
#define GPUCLAIM_HELPER_MACHINE_DETAIL_H

#include "helper/machine/scan.h"

/**
 * machine_detail() - read the rest about some functions and their groups
 * @wanted:	indices of the functions
 *
 * Also reads the groups they are in, and for each other member what decides
 * whether it is in the way. Settings say which driver is wanted. What an earlier call read is not
 * read again: to read configuration space can wake a device.
 */
int machine_detail(const struct root *root, struct machine *machine, const size_t *wanted,
		   size_t n_wanted, const struct settings *settings, bool initramfs) _must_check_;

#endif
