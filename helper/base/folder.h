/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a folder, in an order that does not change. */
#ifndef GPUCLAIM_HELPER_BASE_FOLDER_H
#define GPUCLAIM_HELPER_BASE_FOLDER_H

#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * folder_list() - append the names in a folder that end so, sorted
 * @suffix:	".conf", or "" for all; names that begin with a dot are left out
 *
 * Return: 0 (also where there is no such folder), or -ENOMEM.
 */
int folder_list(const struct root *root, const char *folder, const char *suffix,
		struct text_list *ret) _must_check_;

#endif
