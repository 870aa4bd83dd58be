/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "assess.h"

static int read_details(const struct root *root, struct assessment *a)
{
	_cleanup_free_ size_t *wanted = calloc(a->machine.n_functions + 1, sizeof(*wanted));
	size_t n = 0;

	if (!wanted)
		return -ENOMEM;
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];

		for (size_t k = 0; unit_is_wanted(unit) && k < unit->n_functions; k++)
			wanted[n++] = unit->function[k];
	}
	return machine_detail(root, &a->machine, wanted, n, &a->policy.settings,
			      a->policy.initramfs);
}

/* On most nodes of a fleet nothing is wanted: their device events should cost little. */
static bool wants_nothing(const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].kind == RULE_CLAIM)
			return false;
	return policy->n_disarmed == 0;
}

static int read_all(const struct root *root, enum claim_mode mode, struct assessment *a)
{
	int r;

	r = policy_read(root, &a->policy);
	if (r < 0)
		return r;
	if (mode == CLAIM_UDEV && wants_nothing(&a->policy))
		return 0;
	r = machine_scan(root, &a->machine);
	if (r < 0)
		return r;
	if (a->policy.settings.companions == COMPANIONS_GROUP)
		machine_read_upstream(root, &a->machine);
	r = units_find(&a->machine, &a->policy, &a->units);
	if (r < 0)
		return r;
	if (a->policy.off == SWITCHED_ON) {
		r = read_details(root, a);
		if (r < 0)
			return r;
	}
	return claim_decide(&a->machine, &a->policy, &a->units, mode, &a->decision);
}

int assess(const struct root *root, enum claim_mode mode, struct assessment *ret)
{
	struct assessment a = { 0 };
	int r;

	r = read_all(root, mode, &a);
	if (r < 0) {
		assessment_free(&a);
		return r;
	}
	*ret = a;
	return 0;
}

void assessment_free(struct assessment *a)
{
	decision_free(&a->decision);
	units_free(&a->units);
	machine_free(&a->machine);
	policy_free(&a->policy);
}
