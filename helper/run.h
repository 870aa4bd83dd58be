/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the helper: assess, plan, apply, record, tell. */
#ifndef GPUCLAIM_RUN_H
#define GPUCLAIM_RUN_H

#include "assess.h"

/**
 * struct run - what was asked for, and what came of it
 * @dry:	change nothing
 * @result:	the verdicts as they are after the plan was carried out
 */
struct run {
	const struct root *root;
	enum claim_mode mode;
	bool dry;
	struct assessment result;
};

/**
 * run_claim() - decide, and unless @run->dry make it so, record it and log it
 *
 * Return: 0 whatever the verdicts, -EBUSY if another run does not end, or
 * another negative errno. On success free run->result.
 */
int run_claim(struct run *run) _must_check_;

#endif
