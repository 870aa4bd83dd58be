/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GPUs with their companions, as the rules group them. Pure. */
#ifndef GPUCLAIM_HELPER_CLAIM_UNITS_H
#define GPUCLAIM_HELPER_CLAIM_UNITS_H

#include "helper/machine/scan.h"
#include "helper/policy/policy.h"

/**
 * struct unit - a GPU with its companions: claimed as one or not at all
 * @gpu:	index of the GPU (or NVSwitch bridge)
 * @function:	indices, the GPU's first; owned
 * @claim:	the rule that selects it, or NULL
 * @named:	some rule names it exactly: by full IDs or by address
 * @addressed:	some rule names its address
 * @skip:	the rule that spares it (matching any of its functions), or NULL
 * @mismatch:	an address rule whose IDs don't match, or NULL
 * @list:	the rule whose functions= says what comes along of its slot, or NULL
 * @disarmed:	a rule that would select it with gpuclaim=1, or NULL
 * @bystander:	it is another one's turn: what of it is claimed stands, nothing more is done
 */
struct unit {
	size_t gpu;
	size_t *function;
	size_t n_functions;
	bool named, addressed, bystander;
	const struct rule *claim, *skip, *mismatch, *disarmed, *list;
};

struct units {
	struct unit *unit; /* sorted by the GPU's address; owned */
	size_t n_units;
};

/**
 * companion_in_slot() - does a function come along with a GPU of its slot by itself?
 *
 * Audio, USB and other serial bus functions of the GPU's vendor: a processor with graphics has
 * its own USB controllers, codec and security processor (1022) in the slot of its GPU (1002),
 * and the host may hang on them.
 */
bool companion_in_slot(const struct function_id *gpu, const struct function_id *f);

/** function_is_nvswitch() - one is a unit where a rule names it; pure */
bool function_is_nvswitch(const struct function_id *id);

/**
 * units_find() - group the machine's functions into GPUs with companions
 *
 * What does not come along is in no unit: a group is judged with it outside.
 * Needs machine_scan() only, and machine_read_upstream() for companions=group.
 *
 * Return: 0, or -ENOMEM. Free with units_free(). The rules pointed to are @policy's.
 */
int units_find(const struct machine *machine, const struct policy *policy,
	       struct units *ret) _must_check_;
void units_free(struct units *units);

/** units_list() - the rule whose functions= leaves out a function of its GPU's slot, or NULL */
const struct rule *units_list(const struct machine *machine, const struct units *units,
			      size_t function);

/** units_mismatch() - the claim line that names a function's place and means another device; or
 * NULL */
const struct rule *units_mismatch(const struct policy *policy, const struct function_id *id);

/** unit_is_wanted() - selected and not spared: its details decide */
bool unit_is_wanted(const struct unit *unit);

/**
 * functions_rule() - the claim line that lists a GPU's functions, or NULL
 *
 * A line that waits for gpuclaim=1 counts, too: gpuclaimctl claim takes what the next boot would.
 */
const struct rule *functions_rule(const struct policy *policy, const struct function_id *gpu);

/**
 * functions_check() - hold the lists against the GPUs that are there
 *
 * Lines that say different things of one GPU, and one that leaves its GPU out, void the claim
 * lines of all files, as any error does: see policy_void(). A line without a list says nothing.
 *
 * Return: 0, or -ENOMEM.
 */
int functions_check(struct policy *policy, const struct machine *machine) _must_check_;

#endif
