/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs that are named: by the options, and by the files. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_NAMED_H
#define GPUCLAIM_CTL_CHOOSE_NAMED_H

#include "ctl/choose/draft.h"

/* All of these return 0 or -ENOMEM. */

/** draft_take_ids(), draft_take_addresses() - the lists of --ids, of --addresses and --adopt;
 * draft_take_configured() - what the files name */
int draft_take_configured(struct draft *draft) _must_check_;
int draft_take_ids(struct draft *draft) _must_check_;
int draft_take_addresses(struct draft *draft) _must_check_;

/** candidate_claim() - the claim line of the configuration that names it, armed or not; or NULL */
const struct rule *candidate_claim(const struct node *node, const struct candidate *c);

#endif
