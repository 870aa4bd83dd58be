/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nova's own rules are asked before anything is written that Nova reads. */
#ifndef GPUCLAIM_CTL_NOVA_ASK_H
#define GPUCLAIM_CTL_NOVA_ASK_H

#include "ctl/nova/dropin_change.h"
#include "nova/tell/dropin.h"

/**
 * struct nova_question - what a change is asked about on
 * @release:	that was asked for; 0: none. The installed one is asked, too; where there is neither
 *		all that can be are, and only what each of them refuses is refused
 * @machine:	read before in this run; or NULL
 * @plan:	made in this run, for the drop-in that is there: it knows the release; or NULL
 */
struct nova_question {
	const struct root *root;
	unsigned release;
	const struct machine *machine;
	const struct nova_plan *plan;
};

/**
 * nova_ask() - would nova-compute start with the change, and does it without?
 * @change:	@path, @before and @after of it are asked about; what does not stop it is added to
 *		its notes
 * @ret_refusal: one sentence, to be freed: nova-compute starts without the change and not with it,
 *		or report_in_placement would be set for good where that can't be told. NULL: neither
 *
 * To take something out needs no question.
 *
 * Return: 0, or a negative errno.
 */
int nova_ask(const struct nova_question *question, struct nova_dropin_change *change,
	     char **ret_refusal) _must_check_;

/**
 * nova_ask_render() - make the drop-in's text of a plan, and nova_ask()
 * @plan:	the aliases that other files have already are marked, see nova_ask_aliases()
 * @change:	@path and @before are given; @after comes with the answer, or @refusal
 *
 * Return: 0, or a negative errno.
 */
int nova_ask_render(const struct nova_question *question, struct nova_plan *plan,
		    struct nova_dropin_change *change) _must_check_;

#endif
