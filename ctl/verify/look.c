/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/verify.h"

static int read_all(const struct root *root, unsigned release, struct nova_look *look)
{
	int r = node_read(root, &look->node);

	if (r == 0)
		r = readiness_judge(&look->node.facts, &look->readiness);
	return r == 0 ? nova_node_read(root, release, false, &look->nova) : r;
}

int nova_look(const struct root *root, unsigned release, struct nova_look *ret)
{
	int r;

	*ret = (struct nova_look){0};
	r = read_all(root, release, ret);
	if (r == 0) {
		ret->situation =
			nova_node_situation(&ret->nova, ret->node.device, ret->readiness.device,
					    ret->node.facts.n_devices);
		r = nova_judge(&ret->situation, &ret->judgement);
	}
	if (r < 0)
		nova_look_free(ret);
	return r;
}

void nova_look_free(struct nova_look *look)
{
	nova_judgement_free(&look->judgement);
	nova_node_free(&look->nova);
	readiness_free(&look->readiness);
	node_free(&look->node);
	*look = (struct nova_look){0};
}
