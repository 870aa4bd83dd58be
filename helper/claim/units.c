/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/units.h"

#include <errno.h>

#define VENDOR_NVIDIA 0x10de

/* Exactly these IDs, or this very address: no wildcard that sweeps over many. */
static bool rule_is_exact(const struct rule *rule)
{
	return rule_has_place(rule) || (rule->has_id && !rule->any_device);
}

static const struct rule *find_rule(const struct rule *rules, size_t n, enum rule_kind kind,
				    const struct function_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == kind && rule_matches(&rules[i], id))
			return &rules[i];
	return NULL;
}

/* What it is can't be told, and a rule may mean it: its place and its class say nothing else. */
static const struct rule *find_possible(const struct rule *rules, size_t n,
					const struct function *f)
{
	for (size_t i = 0; i < n; i++) {
		struct rule place = rules[i];

		place.has_id = place.has_subsystem = false;
		if (!f->id.class_code)
			place.class_digits = 0;
		if (rules[i].kind == RULE_CLAIM && rule_matches(&place, &f->id))
			return &rules[i];
	}
	return NULL;
}

const struct rule *units_mismatch(const struct policy *policy, const struct function_id *id)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->kind == RULE_CLAIM && rule_is_at(rule, &id->address) &&
		    !rule_matches_id(rule, id))
			return rule;
	}
	return NULL;
}

static bool names(const struct rule *rules, size_t n, const struct function_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == RULE_CLAIM && rule_is_exact(&rules[i]) &&
		    rule_matches(&rules[i], id))
			return true;
	return false;
}

static bool names_address(const struct rule *rules, size_t n, const struct function_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == RULE_CLAIM && rule_has_place(&rules[i]) &&
		    rule_matches(&rules[i], id))
			return true;
	return false;
}

bool function_is_nvswitch(const struct function_id *id)
{
	return pci_class_is_fabric(id->class_code) && id->id.vendor == VENDOR_NVIDIA;
}

/* An NVSwitch is a unit where a rule names it: by ID, by address or by its class. */
static bool names_fabric(const struct rule *rules, size_t n, const struct function_id *id)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == RULE_CLAIM && rules[i].class_digits >= 4 &&
		    rule_matches(&rules[i], id))
			return true;
	return names(rules, n, id);
}

static bool is_unit(const struct policy *policy, const struct function_id *id)
{
	if (pci_class_is_gpu(id->class_code))
		return true;
	return function_is_nvswitch(id) &&
	       (names_fabric(policy->rules, policy->n_rules, id) || units_mismatch(policy, id) ||
		names_fabric(policy->disarmed, policy->n_disarmed, id));
}

static bool is_gpu_of_slot(const struct function_id *gpu, const struct function_id *f)
{
	return pci_class_is_gpu(gpu->class_code) &&
	       pci_address_same_device(&gpu->address, &f->address);
}

bool companion_in_slot(const struct function_id *gpu, const struct function_id *f)
{
	return is_gpu_of_slot(gpu, f) && pci_class_is_companion(f->class_code) &&
	       (gpu->id.vendor == f->id.vendor || !gpu->id.vendor || !f->id.vendor);
}

/* The first GPU of a function's slot, whoever made either. */
static struct unit *unit_in_slot(const struct machine *machine, const struct units *units,
				 const struct function_id *f)
{
	for (size_t u = 0; u < units->n_units; u++)
		if (is_gpu_of_slot(&machine->function[units->unit[u].gpu].id, f))
			return &units->unit[u];
	return NULL;
}

/* The unit whose list names it, whoever made it. */
static struct unit *unit_that_lists(const struct machine *machine, const struct units *units,
				    const struct function_id *f)
{
	for (size_t u = 0; u < units->n_units; u++) {
		struct unit *unit = &units->unit[u];

		if (unit->list && is_gpu_of_slot(&machine->function[unit->gpu].id, f) &&
		    unit->list->functions >> f->address.function & 1u)
			return unit;
	}
	return NULL;
}

static struct unit *unit_with_companion(const struct machine *machine, const struct units *units,
					const struct function_id *f)
{
	for (size_t u = 0; u < units->n_units; u++) {
		struct unit *unit = &units->unit[u];

		if (!unit->list && companion_in_slot(&machine->function[unit->gpu].id, f))
			return unit;
	}
	return NULL;
}

const struct rule *units_list(const struct machine *machine, const struct units *units,
			      size_t function)
{
	const struct function_id *f = &machine->function[function].id;

	for (size_t u = 0; u < units->n_units; u++)
		if (units->unit[u].list &&
		    is_gpu_of_slot(&machine->function[units->unit[u].gpu].id, f))
			return units->unit[u].list;
	return NULL;
}

static struct unit *unit_behind_port(const struct machine *machine, const struct units *units,
				     const struct function *f)
{
	if (f->upstream == NO_FUNCTION)
		return NULL;
	for (size_t u = 0; u < units->n_units; u++) {
		const struct function *gpu = &machine->function[units->unit[u].gpu];

		if (gpu->upstream == f->upstream && gpu->id.id.vendor == f->id.id.vendor)
			return &units->unit[u];
	}
	return NULL;
}

/* The unit that a companion follows, or NULL. */
static struct unit *unit_of_companion(const struct machine *machine, const struct policy *policy,
				      const struct units *units, size_t i)
{
	const struct function *f = &machine->function[i];
	struct unit *unit = unit_that_lists(machine, units, &f->id);

	if (unit || policy->settings.companions == COMPANIONS_NONE)
		return unit;
	unit = unit_with_companion(machine, units, &f->id);
	if (!unit && policy->settings.companions == COMPANIONS_GROUP &&
	    !units_list(machine, units, i))
		unit = unit_behind_port(machine, units, f);
	return unit;
}

static int add_gpus(const struct machine *machine, const struct policy *policy, struct units *units)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function_id *id = &machine->function[i].id;
		struct unit *unit;

		if (!is_unit(policy, id))
			continue;
		unit = ARRAY_PLACE(units->unit, units->n_units);
		if (!unit)
			return -ENOMEM;
		*unit = (struct unit){
			.gpu = i,
			.named = names(policy->rules, policy->n_rules, id),
			.addressed = names_address(policy->rules, policy->n_rules, id),
			.claim = find_rule(policy->rules, policy->n_rules, RULE_CLAIM, id),
			.skip = find_rule(policy->rules, policy->n_rules, RULE_SKIP, id),
			.mismatch = units_mismatch(policy, id),
			.list = functions_rule(policy, id),
			.disarmed = find_rule(policy->disarmed, policy->n_disarmed, RULE_CLAIM, id),
		};
		if (machine->function[i].unread) {
			unit->claim = find_possible(policy->rules, policy->n_rules,
						    &machine->function[i]);
			unit->mismatch = NULL;
		}
		if (ARRAY_ADD(unit->function, unit->n_functions, i) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_companions(const struct machine *machine, const struct policy *policy,
			  struct units *units)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function_id *id = &machine->function[i].id;
		struct unit *unit, *spared;
		const struct rule *skip;

		if (!pci_class_is_companion(id->class_code) && !machine->function[i].unread)
			continue;
		unit = pci_class_is_companion(id->class_code)
			       ? unit_of_companion(machine, policy, units, i)
			       : NULL;
		if (unit && ARRAY_ADD(unit->function, unit->n_functions, i) < 0)
			return -ENOMEM;

		/* A skip spares the GPU of its slot, also where the function stays with the host.
		 */
		spared = unit ? unit : unit_in_slot(machine, units, id);
		skip = find_rule(policy->rules, policy->n_rules, RULE_SKIP, id);
		if (spared && skip && !spared->skip)
			spared->skip = skip;
	}
	return 0;
}

int units_find(const struct machine *machine, const struct policy *policy, struct units *ret)
{
	struct units units = {0};

	if (add_gpus(machine, policy, &units) < 0 || add_companions(machine, policy, &units) < 0) {
		units_free(&units);
		return -ENOMEM;
	}
	*ret = units;
	return 0;
}

void units_free(struct units *units)
{
	for (size_t u = 0; u < units->n_units; u++)
		free(units->unit[u].function);
	free(units->unit);
	*units = (struct units){0};
}

bool unit_is_wanted(const struct unit *unit)
{
	return !unit->skip && (unit->claim || unit->mismatch);
}

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
