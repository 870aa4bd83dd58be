/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keystone: credentials become a token, and Placement's address. */
#ifndef GPUCLAIM_CTL_PLACEMENT_KEYSTONE_H
#define GPUCLAIM_CTL_PLACEMENT_KEYSTONE_H

#include "ctl/placement/credentials.h"
#include "ctl/placement/http.h"
#include "helper/base/root.h"

/**
 * keystone_token() - log in
 * @ret_token:	to be freed
 * @ret_placement: Placement's address by the catalog, or NULL; to be freed
 *
 * Return: 0, -EIO or -EINVAL with @ret_error, or -ENOMEM.
 */
int keystone_token(struct http *http, const struct credentials *credentials, char **ret_token,
		   char **ret_placement, char **ret_error) _must_check_;

#endif
