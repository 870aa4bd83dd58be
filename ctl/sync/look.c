/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/look.h"

#include <stdio.h>
#include <string.h>

#include "ctl/machine/health.h"
#include "ctl/node/node.h"
#include "helper/base/pci_attribute.h"

/* What has no driver, or another's, is not ready for sure, whatever else can't be read. */
static enum sync_local judge(const struct facts *facts, const struct device_facts *d,
			     const struct device_result *result)
{
	if (result->ready || result->shares)
		return SYNC_READY;
	return facts->unread[0] && device_is_bound(d) ? SYNC_UNKNOWN : SYNC_NOT_READY;
}

/* Source: vfio_pci_core_enable() and _disable(): whoever opens it enables it, and nobody else. */
static bool is_open(const struct root *root, const struct device_facts *d)
{
	char count[16];

	return device_is_bound(d) &&
	       pci_attribute_read(root, &d->address, "enable", count, sizeof(count)) > 0 &&
	       strcmp(count, "0") != 0;
}

static int add_present(const struct root *root, const struct facts *facts,
		       const struct device_result *result, struct sync_state *state)
{
	int r = 0;

	for (size_t i = 0; i < facts->n_devices && r == 0; i++) {
		const struct device_facts *d = &facts->device[i];
		struct sync_gpu gpu = {.address = d->address,
				       .local = judge(facts, d, &result[i]),
				       .open = is_open(root, d)};

		if (!d->in_unit || d->companion || !d->selected)
			continue;
		if (gpu.local != SYNC_READY)
			(void)snprintf(gpu.reason, sizeof(gpu.reason), "%.*s", SYNC_REASON_MAX - 1,
				       gpu.local == SYNC_UNKNOWN ? facts->unread
								 : result[i].reason[0]);
		r = ARRAY_ADD(state->gpu, state->n_gpus, gpu);
	}
	return r;
}

static int add_gone(const struct pci_address *address, struct sync_state *state)
{
	struct sync_gpu gpu = {.address = *address, .local = SYNC_NOT_READY};

	if (sync_state_gpu(state, address))
		return 0;
	(void)snprintf(gpu.reason, sizeof(gpu.reason), "it is on no bus any more");
	return ARRAY_ADD(state->gpu, state->n_gpus, gpu);
}

/* Claimed in this boot, or named by a claim line, and not there. */
static int add_missing(const struct node *node, struct sync_state *state)
{
	const struct policy *policy = &node->assessment.policy;
	const struct machine *machine = &node->assessment.machine;
	int r = 0;

	for (size_t i = 0; i < node->facts.n_lost && r == 0; i++)
		r = add_gone(&node->facts.lost[i], state);
	for (size_t i = 0; i < policy->n_rules && r == 0; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->kind == RULE_CLAIM && rule->has_address &&
		    machine_find(machine, &rule->address) == NO_FUNCTION)
			r = add_gone(&rule->address, state);
	}
	return r;
}

static int add_all(const struct root *root, const struct node *node, struct sync_state *state)
{
	const struct facts *facts = &node->facts;
	_cleanup_free_ struct device_result *result = calloc(facts->n_devices + 1, sizeof(*result));
	int r;

	if (!result)
		return -ENOMEM;
	devices_judge(facts, result);
	r = add_present(root, facts, result, state);
	return r == 0 ? add_missing(node, state) : r;
}

int sync_look(const struct root *root, struct sync_state *ret, bool *ret_broken)
{
	struct text_list avoid _cleanup_(text_list_free) = {0};
	struct node node _cleanup_(node_free) = {0};
	struct root careful = *root;
	int r = health_avoid_sleeping(root, &avoid);

	careful.avoid = avoid.text;
	careful.n_avoid = avoid.n;
	if (r == 0)
		r = node_read(&careful, &node);
	if (r < 0)
		return r;
	*ret_broken = !node.facts.policy->valid;
	return *ret_broken || !node.facts.machine ? 0 : add_all(&careful, &node, ret);
}
