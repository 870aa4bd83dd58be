/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of one function, from what it is to the group that it is in. */
#ifndef GPUCLAIM_CTL_EXPLAIN_CHAIN_H
#define GPUCLAIM_CTL_EXPLAIN_CHAIN_H

#include "ctl/explain/explanation.h"
#include "ctl/status/status.h"

/**
 * struct chain - whom it is about
 * @function:	index in the machine
 * @unit:	the unit that it is in, or NULL
 * @future:	what the next boot decides; NULL: its kernel arguments are not known
 * @device:	index among the devices of status, or SIZE_MAX: it tells nothing of it
 */
struct chain {
	struct status *status;
	size_t function, device;
	const struct unit *unit;
	const struct assessment *future;
};

/** chain_find() - fill in all but @status and @future of it */
void chain_find(struct chain *chain, size_t function);

/**
 * chain_selection() - the line that decides whether it is selected
 * @rule:	NULL: none does
 * @buf:	what it does: "selected by claim 10de:1c81", "spared by skip address=…"
 *
 * Pure. Return: @buf.
 */
#define SELECTION_MAX (RULE_TEXT_MAX + 128)
const char *chain_selection(const struct assessment *assessment, size_t function,
			    const struct rule **rule, char buf[static SELECTION_MAX]);

static inline const struct function *chain_function(const struct chain *chain)
{
	return &chain->status->node.assessment.machine.function[chain->function];
}

/** chain_tell() - all of them. Return: 0, or a negative errno */
int chain_tell(const struct chain *chain, struct explanation *to) _must_check_;

#endif
