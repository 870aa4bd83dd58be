/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what was asked of setup to the text of its configuration file. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_SELECTION_H
#define GPUCLAIM_CTL_CHOOSE_SELECTION_H

#include "ctl/choose/candidates.h"
#include "ctl/readiness/gather.h"
#include "helper/base/text.h"

/* setup's own file; the operator's lines are in gpuclaim.conf and other drop-ins. */
#define SELECTION_FILE "etc/gpuclaim/gpuclaim.conf.d/60-setup.conf"

/**
 * struct selection_request - the values of setup's options; NULL where not given
 * @ids:	"10de:1c81,10de:*"
 * @addresses:	"0000:3b:00.0,5e:00.0": without a domain it is 0000
 * @adopted:	likewise; not named by an option, but by old recipes
 * @boot_vga:	"allow" or "refuse"
 * @as_configured: the claim lines that there are, in SELECTION_FILE too, are the choice
 */
struct selection_request {
	const char *ids, *addresses, *adopted, *boot_vga;
	bool all_gpus, as_configured;
};

/**
 * struct selection - the answer
 * @text:	the whole content of SELECTION_FILE, owned; NULL: see @refusal
 * @refusal:	one sentence with its remedy, owned
 * @usage:	the options themselves are wrong (exit code 2), whatever the machine;
 *		else they ask for what can't or must not be done here (4)
 * @notes:	one line a GPU, chosen, or left out and why; and what else is to be said
 * @n_gpus:	how many GPUs of this machine the text selects
 */
struct selection {
	char *text, *refusal;
	bool usage;
	struct text_list notes;
	size_t n_gpus;
};

/**
 * selection_make() - choose
 *
 * IDs become "claim ID" lines; one that no device here has is noted only, since
 * an installer may name what comes later. Addresses become lines with the IDs
 * that are read there, so that another card at that place is not taken. With
 * @all_gpus every GPU gets such a line, but those that the host is likely to
 * need (each is noted with its reason), and "set expect=" tells their number.
 * A GPU that a skip line spares is not chosen.
 *
 * Return: 0 (look at @ret->refusal), or -ENOMEM with @ret untouched. Free with
 * selection_free().
 */
int selection_make(const struct gathered *gathered, const struct candidates *candidates,
		   const struct selection_request *request, struct selection *ret) _must_check_;
void selection_free(struct selection *selection);

/** candidate_skip() - the line that spares it, or one of its companions; or NULL */
const struct rule *candidate_skip(const struct gathered *gathered, const struct candidate *c);

#define _cleanup_selection_ __attribute__((cleanup(selection_free)))

#endif
