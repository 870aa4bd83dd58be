/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token that Keystone gave, kept below /run/gpuclaim until it expires: for root's eyes only. */
#ifndef GPUCLAIM_CTL_PLACEMENT_TOKEN_H
#define GPUCLAIM_CTL_PLACEMENT_TOKEN_H

#include "ctl/placement/keystone.h"

/**
 * token_read() - the one that these credentials were given, and that is good for a minute more
 *
 * Return: 0, -ENOENT (there is none), or -ENOMEM. Free with keystone_login_free().
 */
int token_read(const struct root *root, const struct credentials *credentials,
	       struct keystone_login *ret) _must_check_;

/** token_keep() - what can't be kept is asked for again, which is no error */
void token_keep(const struct root *root, const struct credentials *credentials,
		const struct keystone_login *login);
void token_forget(const struct root *root);

#endif
