/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): what keeps servers from a GPU though nova-compute offers it. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_SCHEDULING_H
#define GPUCLAIM_CTL_JUDGE_SCHEDULING_H

#include "ctl/judge/judgement.h"

/**
 * nova_judge_scheduling() - filters, limits, NUMA, names of aliases, vGPU of a claimed GPU
 *
 * Return: 0 or -ENOMEM; adds to @judgement's findings.
 */
int nova_judge_scheduling(const struct verify_facts *facts,
			  struct nova_judgement *judgement) _must_check_;

#endif
