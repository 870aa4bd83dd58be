/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What claim and release have in common: one GPU, now, and a report of it. */
#ifndef GPUCLAIM_CTL_LIVE_LIVE_H
#define GPUCLAIM_CTL_LIVE_LIVE_H

#include "ctl/live/report.h"

/**
 * live_run() - a verb from its operand to its report
 * @act:	does it, holding the locks unless it is a dry run; returns 0, or -ECANCELED with the
 *		report's problem
 */
enum exit_code live_run(const struct invocation *invocation, const char *verb,
			int (*act)(struct live *live));

/** live_find_holders() - add who holds a bound function to live->holders */
void live_find_holders(struct live *live, const struct function *function);

/**
 * live_check_holders() - refuse if there are any, or if it could not be seen
 *
 * Return: 0 if nothing holds it, or -ECANCELED.
 */
int live_check_holders(struct live *live);

#endif
