/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keystone: credentials become a token, and Placement's address. */
#ifndef GPUCLAIM_CTL_PLACEMENT_KEYSTONE_H
#define GPUCLAIM_CTL_PLACEMENT_KEYSTONE_H

#include <stdint.h>

#include "ctl/placement/credentials.h"
#include "ctl/placement/http.h"

/**
 * struct keystone_login - what Keystone gave
 * @token:	NULL: nothing; owned, and wiped when it is freed
 * @placement:	Placement's address by the catalog; owned; NULL: it has none
 * @expires:	when the token does, in seconds of Unix; 0: that is not told
 */
struct keystone_login {
	char *token, *placement;
	int64_t expires;
};

/**
 * keystone_token() - log in
 * @ret:	free with keystone_login_free()
 *
 * Return: 0, -EIO or -EINVAL with @ret_error, or -ENOMEM.
 */
int keystone_token(struct http *http, const struct credentials *credentials,
		   struct keystone_login *ret, char **ret_error) _must_check_;
void keystone_login_free(struct keystone_login *login);

#endif
