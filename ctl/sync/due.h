/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When Placement is to be asked, so that many nodes do not ask together. Pure. */
#ifndef GPUCLAIM_CTL_SYNC_DUE_H
#define GPUCLAIM_CTL_SYNC_DUE_H

#include "ctl/sync/state.h"

#define SYNC_FULL_S 300	  /* between two looks at all of this node's providers */
#define SYNC_LATE_S 3600  /* for what need not be known at once */
#define SYNC_DAY_S  86400 /* for what the node itself tells as a rule */

/**
 * struct sync_clock - this node's own times
 * @now_s:	seconds since the boot
 * @seed:	of the node's name: each node has its own moment in a period
 * @spread:	what can wait is asked in that moment; else all is asked at once
 */
struct sync_clock {
	int64_t now_s;
	uint64_t seed;
	bool spread;
};

/** sync_moment_came() - was this node's moment of the period since @since_s? */
bool sync_moment_came(const struct sync_clock *clock, int64_t since_s, int64_t period_s);

/**
 * sync_late_is_due() - is what can wait, once in SYNC_LATE_S seconds, to be asked in this pass?
 *
 * In this node's moment. What a pass that failed then has missed is asked half that time later: not
 * by all nodes at once, when Placement is back.
 */
bool sync_late_is_due(const struct sync_state *last, const struct sync_clock *clock);

/**
 * sync_is_due() - is Placement to be asked?
 * @last:	what was kept
 * @now:	what is seen: its GPUs and its @spare_moves
 *
 * Where a GPU's state has changed, and once each SYNC_FULL_S seconds; after a failure later and
 * later, but at once while Placement has not heard of a change. The first look after a boot can
 * wait where no GPU is known not to be ready.
 */
bool sync_is_due(const struct sync_state *last, const struct sync_state *now,
		 const struct sync_clock *clock);

#endif
