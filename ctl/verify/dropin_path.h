/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the drop-in for nova-compute is. */
#ifndef GPUCLAIM_CTL_VERIFY_DROPIN_PATH_H
#define GPUCLAIM_CTL_VERIFY_DROPIN_PATH_H

#include "helper/base/root.h"

#define NOVA_RECORD "nova"

/**
 * nova_dropin_path() - where the drop-in is: as recorded by root, else NOVA_DROPIN_PATH
 * @ret:	relative to the root, to be freed
 *
 * Return: 0, -EBADMSG (the record is none of ours), or another negative errno.
 */
int nova_dropin_path(const struct root *root, char **ret) _must_check_;

#endif
