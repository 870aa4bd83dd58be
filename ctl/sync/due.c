/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/due.h"

#define RETRY_S 30

bool sync_moment_came(const struct sync_clock *clock, int64_t since_s, int64_t period_s)
{
	int64_t shift = (int64_t)(clock->seed % (uint64_t)period_s);

	return clock->now_s - since_s >= period_s ||
	       (clock->now_s + shift) / period_s != (since_s + shift) / period_s;
}

bool sync_late_is_due(const struct sync_state *last, const struct sync_clock *clock)
{
	return sync_moment_came(clock, last->late, SYNC_LATE_S) &&
	       sync_moment_came(clock, last->tried, SYNC_LATE_S / 2);
}

static bool has_changed(const struct sync_state *last, const struct sync_state *now)
{
	if (last->spare_moves != now->spare_moves || last->n_gpus != now->n_gpus)
		return true;
	for (size_t i = 0; i < now->n_gpus; i++) {
		const struct sync_gpu *before = sync_state_gpu(last, &now->gpu[i].address);

		if (!before || before->local != now->gpu[i].local)
			return true;
	}
	return false;
}

static bool has_broken(const struct sync_state *now)
{
	for (size_t i = 0; i < now->n_gpus; i++)
		if (now->gpu[i].local == SYNC_NOT_READY)
			return true;
	return false;
}

bool sync_is_due(const struct sync_state *last, const struct sync_state *now,
		 const struct sync_clock *clock)
{
	if (!last->asked && !clock->spread)
		return true;
	if (!last->tried)
		return has_broken(now);
	if (has_changed(last, now) || clock->now_s < last->tried)
		return true;
	if (last->failures > 0 && last->failures < 4)
		return clock->now_s - last->tried >= (int64_t)RETRY_S << last->failures;
	return sync_moment_came(clock, last->tried, SYNC_FULL_S);
}
