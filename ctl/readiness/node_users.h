/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who would use the GPUs that are selected. */
#ifndef GPUCLAIM_CTL_READINESS_NODE_USERS_H
#define GPUCLAIM_CTL_READINESS_NODE_USERS_H

#include "ctl/readiness/node.h"

/** node_users() - what would use the selected ones. Return: 0, or a negative errno */
int node_users(const struct root *root, const struct node *node,
	       struct gpu_users *ret) _must_check_;

#endif
