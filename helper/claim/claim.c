/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/claim/fault.h"
#include "helper/claim/judge.h"

#define NOT_ARMED "not armed: %s counts only with gpuclaim=1 on the kernel command line"

/* Of refusals of one kind, one that lasts tells more, and then one that is this run's own. */
static unsigned rank(const struct outcome *o)
{
	return (unsigned)o->verdict << 2 | (unsigned)o->kept << 1 | (unsigned)o->repeated;
}

/* A unit's first refusal in the order of verdicts, or NULL. */
static struct outcome *refusal(const struct judgement *judgement, size_t u)
{
	struct outcome *worst = NULL;

	for (size_t k = 0; k < judgement->units->unit[u].n_functions; k++) {
		struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u] + k];

		if (!verdict_is_claim(o->verdict) && (!worst || rank(o) < rank(worst)))
			worst = o;
	}
	return worst;
}

/* Tried in this boot and rolled back: not again before the next. */
static bool failed_before(const struct judgement *judgement, const struct outcome *o)
{
	const struct detail *d = judgement->machine->function[o->function].detail;

	return judgement->mode != CLAIM_LIVE && o->act && d->has_record &&
	       d->record.verdict == VERDICT_FAILED && !d->record.unread;
}

/* What gpuclaimctl let go of is left alone until the next boot, or until it takes it again. */
static const struct detail *released_before(const struct judgement *judgement,
					    const struct unit *unit)
{
	for (size_t k = 0; k < unit->n_functions && judgement->mode != CLAIM_LIVE; k++) {
		const struct detail *d = judgement->machine->function[unit->function[k]].detail;

		if (d->has_record && d->record.verdict == VERDICT_RELEASED)
			return d;
	}
	return NULL;
}

/*
 * A function that can't be a GPU for all its class says so. Virtual functions often have their
 * GPU's IDs: a line that names these means the GPU.
 */
static void refuse_by_kind(const struct unit *unit, const struct detail *d, struct outcome *o)
{
	bool meant = d->vf ? unit->addressed : unit->named;
	enum verdict verdict = d->vf ? VERDICT_NOT_A_GPU : VERDICT_BRIDGE;

	judge_set(o, meant ? verdict : VERDICT_NOT_SELECTED, "a %s",
		  d->vf ? "virtual function: claim its physical function"
			: "bridge by its header type");
}

/* What is against more than there is of a claim: it could not be read. */
static const struct fault *fault_of(const struct judgement *judgement, size_t u)
{
	return fault_of_unit(judgement->machine, &judgement->units->unit[u],
			     judgement->policy->settings.companions);
}

static void judge_selected(struct judgement *judgement, size_t u)
{
	const struct unit *unit = &judgement->units->unit[u];
	struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u]];
	const struct detail *gpu = judgement->machine->function[unit->gpu].detail;
	const struct detail *released = released_before(judgement, unit);

	for (size_t k = 0; k < unit->n_functions; k++) {
		o[k].act = true;
		judge_set(&o[k], VERDICT_CLAIMED, "driver %s",
			  judgement->machine->function[o[k].function].detail->wanted);
	}
	if (unit->mismatch) {
		judge_mismatch(judgement, unit->mismatch, o);
	} else if (released) {
		for (size_t k = 0; k < unit->n_functions; k++)
			judge_set(&o[k], VERDICT_RELEASED, "%s", released->record.why);
	} else if (gpu->vf || gpu->bridge) {
		refuse_by_kind(unit, gpu, o);
	} else {
		for (size_t k = 0; k < unit->n_functions; k++) {
			judge_function(judgement, &o[k]);
			if (failed_before(judgement, &o[k]))
				judgement->left_alone[u] = true;
		}
	}
	if (fault_of(judgement, u))
		judgement->left_alone[u] = true;
	judgement->refused[u] = unit->bystander || refusal(judgement, u) != NULL;
}

static void judge_unwanted(struct judgement *judgement, size_t u)
{
	const struct unit *unit = &judgement->units->unit[u];
	char place[RULE_PLACE_MAX], a[PCI_ADDRESS_MAX];

	for (size_t k = 0; k < unit->n_functions; k++) {
		struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u] + k];

		if (unit->skip)
			judge_set(o, VERDICT_SKIPPED, "by %s", rule_place(unit->skip, place));
		else if (unit->disarmed)
			judge_set(o, VERDICT_NOT_SELECTED, NOT_ARMED,
				  rule_place(unit->disarmed, place));
		else if (k == 0)
			judge_set(
				o, VERDICT_NOT_SELECTED, "%s",
				judgement->policy->valid
					? "no claim line names it"
					: "no claim line that counts names it: the configuration holds an error");
		else
			judge_set(o, VERDICT_NOT_SELECTED, "companion of %s",
				  pci_address_format(
					  &judgement->machine->function[unit->gpu].id.address, a));
	}
	judgement->refused[u] = true;
}

static const struct outcome *unit_outcome(const struct judgement *judgement, size_t u,
					  size_t function)
{
	const struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u]];

	while (o->function != function)
		o++;
	return o;
}

/* Is this member with the wanted driver, or will it be? A unit is never in its own way. */
static bool comes_along(const struct judgement *judgement, size_t member, size_t unit)
{
	size_t u = judgement->unit_of[member];
	const struct outcome *o;

	if (u == unit || judge_stands(&judgement->machine->function[member]))
		return true;
	if (u == NO_FUNCTION)
		return false;
	o = unit_outcome(judgement, u, member);
	return (verdict_is_claim(o->verdict) && !o->act) ||
	       (!judgement->refused[u] && !judgement->left_alone[u]);
}

/* No driver will ever have it. */
static bool is_undriven(const struct function *f)
{
	return !f->driver && f->detail->match == MATCH_NONE;
}

/* The first member of a function's group that stands in the unit's way, or NO_FUNCTION. */
static size_t blocker(const struct judgement *judgement, const struct group *group, size_t unit)
{
	for (size_t k = 0; group && k < group->n_members; k++) {
		const struct function *f = &judgement->machine->function[group->member[k]];

		/* What can't be read of it is a fault of the unit. */
		if (!comes_along(judgement, group->member[k], unit) && !f->detail->bridge &&
		    !fault_of_function(judgement->machine, group->member[k]) &&
		    !pci_class_is_bridge(f->id.class_code) && !is_undriven(f))
			return group->member[k];
	}
	return NO_FUNCTION;
}

/* The warning about an unbound member of a group. */
static const char *member_state(const struct judgement *judgement, size_t member)
{
	size_t u = judgement->unit_of[member];

	if (u != NO_FUNCTION && unit_is_wanted(&judgement->units->unit[u]))
		return "itself refused";
	return judgement->machine->function[member].detail->match == MATCH_SOME
		       ? "a driver exists for it"
		       : "whether a driver exists is not known here";
}

static void refuse_by_group(const struct judgement *judgement, struct outcome *o, size_t member)
{
	const struct function *f = &judgement->machine->function[member];
	char a[PCI_ADDRESS_MAX], state[80];

	if (f->driver)
		snprintf(state, sizeof(state), "driver %.63s", f->driver);
	else
		snprintf(state, sizeof(state), "%s", member_state(judgement, member));
	judge_set(o, VERDICT_GROUP_NOT_VIABLE,
		  "%s (%04x:%04x, %s, %s) shares IOMMU group %d and is not claimed",
		  pci_address_format(&f->id.address, a), f->id.id.vendor, f->id.id.device,
		  pci_class_name(f->id.class_code), state,
		  judgement->machine->function[o->function].detail->group);
}

static bool is_kept(const struct judgement *judgement, size_t u)
{
	const struct outcome *cause =
		u != NO_FUNCTION && judgement->refused[u] ? refusal(judgement, u) : NULL;

	return cause && cause->kept;
}

static bool judge_unit_groups(struct judgement *judgement, size_t u)
{
	for (size_t k = 0; k < judgement->units->unit[u].n_functions; k++) {
		struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u] + k];
		const struct detail *d = judgement->machine->function[o->function].detail;
		size_t m;

		if (!o->act)
			continue;
		m = blocker(judgement, machine_group(judgement->machine, d->group), u);
		if (m == NO_FUNCTION)
			continue;
		refuse_by_group(judgement, o, m);
		o->kept = is_kept(judgement, judgement->unit_of[m]);
		judgement->refused[u] = true;
	}
	return judgement->refused[u];
}

/* A GPU that is refused may stand in the way of another in its group: until nothing changes. */
static void judge_groups(struct judgement *judgement)
{
	bool changed;

	do {
		changed = false;
		for (size_t u = 0; u < judgement->units->n_units; u++)
			if (!judgement->refused[u] && judge_unit_groups(judgement, u))
				changed = true;
	} while (changed);
}

/* What is left against a unit that is not refused so far. */
static void judge_rest(struct judgement *judgement, size_t u)
{
	const struct fault *fault = fault_of(judgement, u);
	char text[FAULT_TEXT_MAX];

	for (size_t k = 0; k < judgement->units->unit[u].n_functions; k++) {
		struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u] + k];
		const struct detail *d = judgement->machine->function[o->function].detail;

		if (failed_before(judgement, o))
			judge_set(o, VERDICT_FAILED, "%s", d->record.why);
		else if (o->act && !d->available)
			judge_set(o, VERDICT_DRIVER_MISSING,
				  "no module %s: kept from its native driver until there is one",
				  d->wanted);
		if (!fault || !o->act || !verdict_is_claim(o->verdict))
			continue;
		judge_set(o, VERDICT_FAILED, "%s", fault_format(fault, text));
		o->unread = true;
	}
}

/* A warning that goes with a claim: a member that nothing drives, yet. */
static void warn_of_members(const struct judgement *judgement, struct outcome *o)
{
	const struct group *group = machine_group(
		judgement->machine, judgement->machine->function[o->function].detail->group);
	char a[PCI_ADDRESS_MAX];

	for (size_t k = 0; group && k < group->n_members; k++) {
		const struct function *f = &judgement->machine->function[group->member[k]];
		size_t n = strlen(o->why);

		if (comes_along(judgement, group->member[k], o->unit) || !is_undriven(f))
			continue;
		snprintf(o->why + n, sizeof(o->why) - n,
			 "; warning: %s shares group %d, with no driver that matches it",
			 pci_address_format(&f->id.address, a), group->number);
		return;
	}
}

/* For another function's refusal; one that is repeated was reported for each function before. */
static void refuse_with(const struct judgement *judgement, struct outcome *o,
			const struct outcome *cause)
{
	const struct detail *d = judgement->machine->function[o->function].detail;
	char a[PCI_ADDRESS_MAX];

	if (cause->repeated && d->has_record && d->record.verdict == cause->verdict)
		judge_set(o, cause->verdict, "%s", d->record.why);
	else
		judge_set(o, cause->verdict, "%s: %.230s",
			  pci_address_format(
				  &judgement->machine->function[cause->function].id.address, a),
			  cause->why);
}

/* What is then to be done for a refused function: its override, or its way back without it. */
static void settle_refused(const struct judgement *judgement, struct outcome *o,
			   const struct outcome *cause)
{
	const struct function *f = &judgement->machine->function[o->function];
	const struct detail *d = f->detail;
	bool stands = strcmp(d->driver_override, d->wanted) == 0;

	o->kept = cause->kept;
	o->act = o->act && (cause->verdict == VERDICT_DRIVER_MISSING ||
			    (cause->kept && !f->driver && !stands));
	o->let_go = judgement->mode != CLAIM_LIVE && !cause->kept && d->has_record &&
		    d->record.kept && !f->driver && stands;
}

/* A refusal of one function is the refusal of its GPU; a claim of ours that stands is left alone.
 */
static void spread(struct judgement *judgement, size_t u)
{
	const struct outcome *cause = refusal(judgement, u);
	struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u]];
	size_t n = judgement->units->unit[u].n_functions;
	struct outcome first;

	if (!cause) {
		for (size_t k = 0; k < n; k++)
			if (o[k].act)
				warn_of_members(judgement, &o[k]);
		return;
	}
	first = *cause;
	for (size_t k = 0; k < n; k++) {
		if (o[k].verdict == VERDICT_CLAIMED && !o[k].act)
			continue;
		if (o[k].verdict != first.verdict || o[k].kept != first.kept)
			refuse_with(judgement, &o[k], &first);
		settle_refused(judgement, &o[k], &first);
		o[k].unread = first.unread;
	}
}

/* A function of no unit that a line means. */
static void refuse_other(const struct judgement *judgement, const struct rule *claim,
			 struct outcome *o)
{
	const struct function *f = &judgement->machine->function[o->function];
	const struct function_id *id = &f->id;
	const struct rule *mismatch = units_mismatch(judgement->policy, id);
	char place[RULE_PLACE_MAX];

	if (f->unread)
		judge_unread(judgement, o);
	else if (mismatch)
		judge_mismatch(judgement, mismatch, o);
	else
		judge_set(o,
			  pci_class_is_bridge(id->class_code) ? VERDICT_BRIDGE : VERDICT_NOT_A_GPU,
			  "%s (class %06x), named by %s", pci_class_name(id->class_code),
			  id->class_code, rule_place(claim, place));
}

/* A function of no unit: what a rule that names it exactly gets to hear. */
static void judge_other(struct judgement *judgement, size_t i)
{
	const struct policy *policy = judgement->policy;
	const struct function_id *id = &judgement->machine->function[i].id;
	const struct rule *skip = judge_naming_rule(policy->rules, policy->n_rules, RULE_SKIP, id);
	const struct rule *claim =
		judge_naming_rule(policy->rules, policy->n_rules, RULE_CLAIM, id);
	const struct rule *disarmed =
		judge_naming_rule(policy->disarmed, policy->n_disarmed, RULE_CLAIM, id);
	const struct rule *list = pci_class_is_companion(id->class_code)
					  ? units_list(judgement->machine, judgement->units, i)
					  : NULL;
	struct outcome *o;
	char place[RULE_PLACE_MAX];

	if (!skip && !claim && !disarmed && !list)
		return;

	o = &judgement->decision->outcome[judgement->decision->n_outcomes++];
	*o = (struct outcome){.function = i, .unit = NO_FUNCTION};
	if (policy->off != SWITCHED_ON)
		judge_set(o, VERDICT_SWITCHED_OFF, "%s", judge_switch_off_reason(policy->off));
	else if (skip)
		judge_set(o, VERDICT_SKIPPED, "by %s", rule_place(skip, place));
	else if (list)
		judge_set(o, VERDICT_NOT_SELECTED, "left with the host by functions= of %s",
			  rule_place(list, place));
	else if (!claim)
		judge_set(o, VERDICT_NOT_SELECTED, NOT_ARMED, rule_place(disarmed, place));
	else
		refuse_other(judgement, claim, o);
}

static void judge_unit(struct judgement *judgement, size_t u)
{
	const struct unit *unit = &judgement->units->unit[u];

	judgement->first_outcome[u] = judgement->decision->n_outcomes;
	for (size_t k = 0; k < unit->n_functions; k++) {
		struct outcome *o =
			&judgement->decision->outcome[judgement->decision->n_outcomes++];

		*o = (struct outcome){.function = unit->function[k], .unit = u};
		if (judgement->policy->off != SWITCHED_ON)
			judge_set(o, VERDICT_SWITCHED_OFF, "%s",
				  judge_switch_off_reason(judgement->policy->off));
		judgement->unit_of[unit->function[k]] = u;
	}
	if (judgement->policy->off != SWITCHED_ON)
		judgement->refused[u] = true;
	else if (unit_is_wanted(unit))
		judge_selected(judgement, u);
	else
		judge_unwanted(judgement, u);
}

/* What it would be given at its own turn is not said: only what is. */
static void hold_back(struct judgement *judgement, size_t u)
{
	for (size_t k = 0; k < judgement->units->unit[u].n_functions; k++) {
		struct outcome *o = &judgement->decision->outcome[judgement->first_outcome[u] + k];

		o->act = o->kept = false;
	}
}

static void judge_all(struct judgement *judgement)
{
	struct decision *decision = judgement->decision;

	for (size_t u = 0; u < judgement->units->n_units; u++)
		judge_unit(judgement, u);
	judge_groups(judgement);
	for (size_t u = 0; u < judgement->units->n_units; u++) {
		if (!judgement->refused[u])
			judge_rest(judgement, u);
		if (judgement->policy->off == SWITCHED_ON &&
		    unit_is_wanted(&judgement->units->unit[u]))
			spread(judgement, u);
		if (judgement->units->unit[u].bystander)
			hold_back(judgement, u);
	}
	for (size_t i = 0; i < judgement->machine->n_functions; i++)
		if (judgement->unit_of[i] == NO_FUNCTION)
			judge_other(judgement, i);
	decision_sort(decision);
}

int claim_decide(const struct machine *machine, const struct policy *policy,
		 const struct units *units, enum claim_mode mode, struct decision *ret)
{
	struct decision decision = {0};
	_cleanup_free_ size_t *unit_of = calloc(machine->n_functions + 1, sizeof(*unit_of));
	_cleanup_free_ size_t *first = calloc(units->n_units + 1, sizeof(*first));
	_cleanup_free_ bool *refused = calloc(units->n_units + 1, sizeof(*refused));
	_cleanup_free_ bool *left_alone = calloc(units->n_units + 1, sizeof(*left_alone));
	struct judgement judgement = {
		.machine = machine,
		.policy = policy,
		.units = units,
		.mode = mode,
		.unit_of = unit_of,
		.first_outcome = first,
		.refused = refused,
		.left_alone = left_alone,
		.decision = &decision,
	};

	/* Room for every function: pages that are not touched cost nothing. */
	decision.outcome = calloc(machine->n_functions + 1, sizeof(*decision.outcome));
	if (!decision.outcome || !unit_of || !first || !refused || !left_alone) {
		free(decision.outcome);
		return -ENOMEM;
	}
	for (size_t i = 0; i < machine->n_functions; i++)
		unit_of[i] = NO_FUNCTION;
	judge_all(&judgement);
	*ret = decision;
	return 0;
}
