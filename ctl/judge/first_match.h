/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): which device_spec of ours beats another, or is beaten. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_FIRST_MATCH_H
#define GPUCLAIM_CTL_JUDGE_FIRST_MATCH_H

#include "ctl/judge/judgement.h"

/**
 * nova_judge_first_match() - name our lines that have no effect, and what is lost with them, and
 * what others say of a GPU that ours is the first to match
 *
 * Nova takes the first device_spec that matches, in the order in which it reads them.
 *
 * Source: get_devspec() in nova/pci/whitelist.py.
 *
 * Return: 0 or -ENOMEM; adds to @judgement's findings.
 */
int nova_judge_first_match(const struct verify_facts *facts,
			   struct nova_judgement *judgement) _must_check_;

#define FIRST_MATCH_ID "nova-first-match"

#endif
