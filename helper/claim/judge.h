/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of claim_decide(): a function's own verdict, whatever its unit and groups say. Pure.
 */
#ifndef GPUCLAIM_HELPER_CLAIM_JUDGE_H
#define GPUCLAIM_HELPER_CLAIM_JUDGE_H

#include "helper/claim/decision.h"
#include "helper/claim/units.h"

/* What the passes over all units share: facts and rules, and the decision so far. */
struct judgement {
	const struct machine *machine;
	const struct policy *policy;
	const struct units *units;
	enum claim_mode mode;
	size_t *unit_of;       /* a function's unit, or NO_FUNCTION */
	size_t *first_outcome; /* a unit's first outcome; the others follow */
	bool *refused;	       /* a unit's */
	bool *left_alone;      /* a unit's: tried in this boot and rolled back, or unread */
	struct decision *decision;
};

/** judge_set() - a verdict and its reason; a control character becomes a '?' */
void judge_set(struct outcome *outcome, enum verdict verdict, const char *format, ...)
	_printf_(3, 4);

/**
 * judge_stands() - does our claim of this boot still stand?
 *
 * Also where another driver would be wanted by now, or none at all.
 */
bool judge_stands(const struct function *function);

/**
 * judge_function() - a selected function's own verdict
 *
 * Groups, missing drivers and earlier failures aside: VERDICT_CLAIMED if
 * nothing is against it.
 */
void judge_function(const struct judgement *judgement, struct outcome *outcome);

/** judge_switch_off_reason() - why nothing is done at all */
const char *judge_switch_off_reason(enum switch_off off);

/** judge_mismatch() - at the place that @rule names is another device; where is the meant one? */
void judge_mismatch(const struct judgement *judgement, const struct rule *rule,
		    struct outcome *outcome);

/** judge_unread() - a function that a rule names, and of which nothing can be told */
void judge_unread(const struct judgement *judgement, struct outcome *outcome);

/**
 * judge_naming_rule() - the first rule that names a function of no unit, or that it is at the
 *			 address of; NULL if there is none
 */
const struct rule *judge_naming_rule(const struct rule *rules, size_t n, enum rule_kind kind,
				     const struct function_id *id);

#endif
