/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/node_users.h"

int node_users(const struct root *root, const struct node *g, struct gpu_users *ret)
{
	const struct machine *machine = &g->assessment.machine;
	_cleanup_free_ bool *chosen = calloc(machine->n_functions + 1, sizeof(*chosen));
	struct gpu_users users = {0};
	int r;

	if (!chosen)
		return -ENOMEM;
	for (size_t i = 0; i < g->facts.n_devices; i++)
		chosen[g->function[i]] = g->device[i].selected;
	r = gpu_users_read(root, machine, chosen, &users);
	if (r == 0)
		r = gpu_users_find(root, &users);
	if (r < 0)
		gpu_users_free(&users);
	else
		*ret = users;
	return r;
}
