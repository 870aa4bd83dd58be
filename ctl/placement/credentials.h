/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks Placement: a token, or what Keystone gives one for. */
#ifndef GPUCLAIM_CTL_PLACEMENT_CREDENTIALS_H
#define GPUCLAIM_CTL_PLACEMENT_CREDENTIALS_H

#include "helper/base/root.h"

/**
 * struct credentials - from the environment or clouds.yaml
 *
 * The names are those of OS_ variables in lower case; NULL: not given. All owned. @interface may
 * be a list: "internal,public".
 */
struct credentials {
	char *token, *auth_url, *username, *user_id, *password, *user_domain_name, *user_domain_id;
	char *project_name, *project_id, *project_domain_name, *project_domain_id;
	char *application_credential_id, *application_credential_secret;
	char *region_name, *interface, *cacert;
};

/**
 * credentials_read() - find them
 * @ret_error:	one sentence, to be freed, with -EINVAL
 *
 * OS_CLOUD names an entry of clouds.yaml: where OS_CLIENT_CONFIG_FILE says, else in
 * ~/.config/openstack or /etc/openstack, all below @root. Without it, the OS_ variables of an
 * openrc file; they also add to the entry what it lacks.
 *
 * Return: 0, -EINVAL, or -ENOMEM. Free with credentials_free(), which wipes the secrets.
 */
int credentials_read(const struct root *root, struct credentials *ret,
		     char **ret_error) _must_check_;
void credentials_free(struct credentials *credentials);

#endif
