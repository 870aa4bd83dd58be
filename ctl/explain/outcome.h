/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of one function: verdicts, Nova, a guest, and what to do next. */
#ifndef GPUCLAIM_CTL_EXPLAIN_OUTCOME_H
#define GPUCLAIM_CTL_EXPLAIN_OUTCOME_H

#include "ctl/explain/chain.h"

/** outcome_tell() - all of it. Return: 0, or -ENOMEM */
int outcome_tell(const struct chain *chain, struct explanation *to) _must_check_;

#endif
