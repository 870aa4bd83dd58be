/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A part of nova_judge(): lines that no part of Nova reads, as they are written. Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_UNREAD_H
#define GPUCLAIM_CTL_JUDGE_UNREAD_H

#include "ctl/judge/judgement.h"

/**
 * nova_judge_unread() - options in the wrong section, and misspelled ones
 *
 * oslo.config passes over both in silence.
 *
 * Return: 0 or -ENOMEM; adds to @judgement's findings.
 */
int nova_judge_unread(const struct verify_facts *facts,
		      struct nova_judgement *judgement) _must_check_;

#endif
