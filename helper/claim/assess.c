/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/assess.h"

#include <errno.h>
#include <string.h>

#include "helper/claim/claim.h"
#include "helper/claim/units.h"
#include "helper/machine/detail.h"
#include "helper/machine/places.h"

/* Never NULL for want of things to copy. */
static void *copy_array(const void *from, size_t n, size_t size)
{
	void *to = calloc(n + 1, size);

	if (to && n)
		memcpy(to, from, n * size);
	return to;
}

static int copy_functions(const struct machine *from, struct machine *to)
{
	to->function = calloc(from->n_functions + 1, sizeof(*to->function));
	if (!to->function)
		return -ENOMEM;
	for (; to->n_functions < from->n_functions; to->n_functions++) {
		const struct function *f = &from->function[to->n_functions];
		struct function *copy = &to->function[to->n_functions];

		*copy = (struct function){
			.id = f->id,
			.unread = f->unread,
			.driver_known = f->driver_known,
			.upstream = NO_FUNCTION,
			.driver = f->driver ? strdup(f->driver) : NULL,
			.detail = f->detail ? copy_array(f->detail, 1, sizeof(*f->detail)) : NULL,
		};
		if (!copy->driver != !f->driver || !copy->detail != !f->detail) {
			to->n_functions++; /* to be freed, too */
			return -ENOMEM;
		}
	}
	return 0;
}

static int copy_groups(const struct machine *from, struct machine *to)
{
	to->group = calloc(from->n_groups + 1, sizeof(*to->group));
	if (!to->group)
		return -ENOMEM;
	for (; to->n_groups < from->n_groups; to->n_groups++) {
		const struct group *g = &from->group[to->n_groups];
		size_t *member = copy_array(g->member, g->n_members, sizeof(*member));

		if (!member)
			return -ENOMEM;
		to->group[to->n_groups] = *g;
		to->group[to->n_groups].member = member;
	}
	return 0;
}

static int copy_faults(const struct machine *from, struct machine *to)
{
	to->fault = calloc(from->n_faults + 1, sizeof(*to->fault));
	if (!to->fault)
		return -ENOMEM;
	for (size_t i = 0; i < from->n_faults; i++)
		if (strcmp(from->fault[i].path, IOMEM_PATH) != 0)
			to->fault[to->n_faults++] = from->fault[i];
	return 0;
}

/* A machine that was read, to be judged by another policy: all but what hangs on the policy, which
 * is @upstream, and a framebuffer that can't be read. */
static int copy_machine(const struct machine *machine, struct machine *ret)
{
	struct machine copy = {.iommu = machine->iommu};
	int r;

	memcpy(copy.boot_id, machine->boot_id, sizeof(copy.boot_id));
	r = copy_functions(machine, &copy);
	if (r == 0)
		r = copy_groups(machine, &copy);
	if (r == 0)
		r = copy_faults(machine, &copy);
	if (r < 0)
		machine_free(&copy);
	else
		*ret = copy;
	return r;
}

/* gpuclaimctl took it, whatever the configuration says of it. */
static bool is_live_claim(const struct root *root, const struct assessment *a,
			  const struct unit *unit)
{
	struct record record;

	return record_read(root, &a->machine.function[unit->gpu].id.address, a->machine.boot_id,
			   &record) == 0 &&
	       record.verdict == VERDICT_CLAIMED && strcmp(record.stage, RECORD_STAGE_LIVE) == 0;
}

static int read_details(const struct root *root, struct assessment *a)
{
	_cleanup_free_ size_t *wanted = calloc(a->machine.n_functions + 1, sizeof(*wanted));
	size_t n = 0;

	if (!wanted)
		return -ENOMEM;
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];

		if (!unit_is_wanted(unit) && !is_live_claim(root, a, unit))
			continue;
		for (size_t k = 0; k < unit->n_functions; k++)
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

/* As if a line of the configuration named it. */
static int add_live_rule(struct policy *policy, const struct pci_address *gpu)
{
	const struct rule rule = {
		.kind = RULE_CLAIM,
		.has_address = true,
		.address = *gpu,
		.source = "gpuclaimctl claim",
	};

	if (policy->settings.rebind == REBIND_COMPANIONS)
		policy->settings.rebind = REBIND_YES;
	return ARRAY_ADD(policy->rules, policy->n_rules, rule);
}

static int read_machine(const struct root *root, const struct machine *known, struct assessment *a)
{
	int r;

	r = known ? copy_machine(known, &a->machine) : machine_scan(root, &a->machine);
	if (r < 0)
		return r;
	r = places_resolve(root, &a->machine, &a->policy);
	if (r < 0)
		return r;
	r = functions_check(&a->policy, &a->machine);
	if (r < 0)
		return r;
	if (a->policy.settings.companions == COMPANIONS_GROUP)
		r = machine_read_upstream(root, &a->machine);
	if (r < 0)
		return r;
	return units_find(&a->machine, &a->policy, &a->units);
}

int assess_machine(const struct root *root, const struct machine *known, struct assessment *a)
{
	int r = read_machine(root, known, a);

	return r == 0 && a->policy.off == SWITCHED_ON ? read_details(root, a) : r;
}

/* @live: the GPU that is named now, or NULL */
static int read_all(const struct root *root, enum claim_mode mode, const struct pci_address *live,
		    struct assessment *a)
{
	int r;

	r = policy_read(root, &a->policy);
	if (r == 0 && live)
		r = add_live_rule(&a->policy, live);
	if (r < 0)
		return r;
	if (mode == CLAIM_UDEV && wants_nothing(&a->policy))
		return 0;
	r = read_machine(root, NULL, a);
	if (r < 0)
		return r;
	for (size_t u = 0; live && u < a->units.n_units; u++) {
		struct unit *unit = &a->units.unit[u];

		unit->bystander = machine_find(&a->machine, live) != unit->gpu;
	}
	if (a->policy.off == SWITCHED_ON) {
		r = read_details(root, a);
		if (r < 0)
			return r;
	}
	return claim_decide(&a->machine, &a->policy, &a->units, mode, &a->decision);
}

static int make(const struct root *root, enum claim_mode mode, const struct pci_address *live,
		struct assessment *ret)
{
	struct assessment a _cleanup_(assessment_free) = {0};
	int r;

	r = read_all(root, mode, live, &a);
	return HAND_OVER(r, ret, a);
}

int assess(const struct root *root, enum claim_mode mode, struct assessment *ret)
{
	return make(root, mode, NULL, ret);
}

int assess_live(const struct root *root, const struct pci_address *gpu, struct assessment *ret)
{
	return make(root, CLAIM_LIVE, gpu, ret);
}

void assessment_free(struct assessment *a)
{
	decision_free(&a->decision);
	units_free(&a->units);
	machine_free(&a->machine);
	policy_free(&a->policy);
}
