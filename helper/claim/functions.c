/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/functions.h"

const struct rule *functions_rule(const struct policy *policy, const struct function_id *gpu)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].functions && rule_matches(&policy->rules[i], gpu))
			return &policy->rules[i];
	for (size_t i = 0; i < policy->n_disarmed; i++)
		if (policy->disarmed[i].functions && rule_matches(&policy->disarmed[i], gpu))
			return &policy->disarmed[i];
	return NULL;
}

/* Another line of the same GPU that says something else, or NULL. */
static const struct rule *find_other(const struct rule *rules, size_t n,
				     const struct function_id *gpu, uint8_t functions)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].functions && rules[i].functions != functions &&
		    rule_matches(&rules[i], gpu))
			return &rules[i];
	return NULL;
}

static int check_gpu(struct policy *policy, const struct function_id *gpu)
{
	const struct rule *rule = functions_rule(policy, gpu), *other;
	char a[PCI_ADDRESS_MAX], place[RULE_PLACE_MAX], second[RULE_PLACE_MAX];

	if (!rule)
		return 0;
	pci_address_format(&gpu->address, a);
	if (!(rule->functions >> gpu->address.function & 1u))
		return policy_void(policy, rule,
				   "%s: functions= leaves out the GPU %s itself; add %u to it",
				   rule_place(rule, place), a, gpu->address.function);
	other = find_other(policy->rules, policy->n_rules, gpu, rule->functions);
	if (!other)
		other = find_other(policy->disarmed, policy->n_disarmed, gpu, rule->functions);
	if (!other)
		return 0;
	return policy_void(policy, other,
			   "%s: functions= of the GPU %s is not what %s says; correct one of them",
			   rule_place(other, place), a, rule_place(rule, second));
}

int functions_check(struct policy *policy, const struct machine *machine)
{
	int r = 0;

	for (size_t i = 0; i < machine->n_functions && r == 0; i++)
		if (pci_class_is_gpu(machine->function[i].id.class_code))
			r = check_gpu(policy, &machine->function[i].id);
	return r;
}
