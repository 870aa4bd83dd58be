/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): the options, one by one: does this Nova take them? Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_OPTIONS_H
#define GPUCLAIM_CTL_JUDGE_OPTIONS_H

#include "ctl/judge/judgement.h"

/** nova_judge_options() - add to the findings. Return: 0 or -ENOMEM */
int nova_judge_options(const struct verify_facts *facts,
		       struct nova_judgement *judgement) _must_check_;

#endif
