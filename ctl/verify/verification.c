/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/verification.h"

#include "ctl/judge/judge.h"

static int read_all(const struct root *root, unsigned release, struct verification *v)
{
	int r = node_read(root, &v->node);

	if (r == 0)
		r = readiness_judge(&v->node.facts, &v->readiness);
	if (r == 0)
		r = nova_node_read(root,
				   &(struct nova_look){.release = release,
						       .machine = &v->node.assessment.machine},
				   &v->nova);
	return r == 0 ? nova_node_read_services(root, &v->nova) : r;
}

int verification_read(const struct root *root, unsigned release, struct verification *ret)
{
	int r;

	*ret = (struct verification){0};
	r = read_all(root, release, ret);
	if (r == 0) {
		ret->facts = nova_node_facts(&ret->nova, ret->node.device, ret->readiness.device,
					     ret->node.facts.n_devices);
		r = nova_judge(&ret->facts, &ret->judgement);
	}
	if (r < 0)
		verification_free(ret);
	return r;
}

void verification_free(struct verification *v)
{
	nova_judgement_free(&v->judgement);
	nova_node_free(&v->nova);
	readiness_free(&v->readiness);
	node_free(&v->node);
	*v = (struct verification){0};
}
