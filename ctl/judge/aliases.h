/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): whether each alias can be satisfied. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_ALIASES_H
#define GPUCLAIM_CTL_JUDGE_ALIASES_H

#include "ctl/judge/judgement.h"

/** nova_judge_aliases() - add to the findings. Return: 0 or -ENOMEM */
int nova_judge_aliases(const struct verify_facts *facts,
		       struct nova_judgement *judgement) _must_check_;

#endif
