/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who asks Placement for this node, and which of its providers are this node's. */
#ifndef GPUCLAIM_CTL_SYNC_LOGIN_H
#define GPUCLAIM_CTL_SYNC_LOGIN_H

#include "ctl/placement/credentials.h"
#include "helper/base/text.h"

/**
 * struct sync_login - what the node's files say
 * @credentials: of Nova's own [placement], else of clouds.yaml and the environment
 * @url:	[placement] endpoint_override; owned; NULL: the one of Keystone's catalog
 * @host:	[DEFAULT] host; owned; NULL: not said
 * @compute:	UUIDs of the compute nodes that run here, as nova-compute keeps them; none before 27
 */
struct sync_login {
	struct credentials credentials;
	char *url, *host;
	struct text_list compute;
};

/**
 * sync_login_read() - read them
 * @error:	one sentence, to be freed, with -EINVAL
 *
 * Source: keystoneauth1/loading (auth_url and so on); nova/virt/node.py, which keeps compute_id in
 * [DEFAULT] state_path; where containers have that on the host: Kolla-Ansible's volume
 * nova_compute, edpm-ansible, openstack-helm, the openstack-hypervisor snap.
 *
 * Return: 0, -EINVAL, or another negative errno: free with sync_login_free().
 */
int sync_login_read(const struct root *root, struct sync_login *ret, char **error) _must_check_;
void sync_login_free(struct sync_login *login);

#endif
