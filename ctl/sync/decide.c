/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/decide.h"

static const char *const words[_SYNC_ACTION_COUNT] = {
	[SYNC_LEAVE] = "leave",
	[SYNC_RESERVE] = "reserve",
	[SYNC_RESERVE_USED] = "reserve-used",
	[SYNC_LIFT] = "lift",
	[SYNC_SPARE] = "spare",
	[SYNC_FOREIGN] = "foreign",
	[SYNC_AWAIT_RETURN] = "await-return",
	[SYNC_DOUBT] = "unknown",
	[SYNC_FORGET] = "forget",
};

const char *sync_action_word(enum sync_action action)
{
	return words[action];
}

bool sync_action_writes(enum sync_action action)
{
	return action == SYNC_RESERVE || action == SYNC_RESERVE_USED || action == SYNC_LIFT;
}

/* What we set when we were cut off is ours if Placement took it, and nobody wrote since. */
static bool is_ours(const struct sync_facts *f)
{
	if (f->entry.mark == SYNC_SETTING)
		return f->generation == f->entry.generation + 1;
	return f->entry.mark != SYNC_NOT_OURS;
}

/* Since we set it, others may have lifted it, used the GPU, and reserved it again. */
static bool has_changed(const struct sync_facts *f)
{
	if (f->entry.mark == SYNC_OURS && f->generation != f->entry.generation)
		return true;
	if (f->entry.mark == SYNC_SETTING && f->generation != f->entry.generation && !is_ours(f))
		return true;
	return f->entry.returned && f->generation > f->entry.returned;
}

/* Nova compares with a cache, and may have missed that it was used. */
static bool was_used(const struct sync_facts *f)
{
	return f->one_time && (f->used > 0 || f->entry.mark == SYNC_USED || has_changed(f));
}

/* All of it is reserved: by whom? */
static enum sync_action decide_full(const struct sync_facts *f)
{
	if (f->one_time && (!is_ours(f) || f->entry.mark == SYNC_USED))
		return f->used > 0 ? SYNC_LEAVE : SYNC_AWAIT_RETURN;
	if (!is_ours(f))
		return SYNC_FOREIGN;
	if (was_used(f))
		return SYNC_RESERVE_USED;
	if (f->local == SYNC_UNKNOWN)
		return SYNC_DOUBT;
	return f->local == SYNC_READY ? SYNC_LIFT : SYNC_LEAVE;
}

enum sync_action sync_decide(const struct sync_facts *f)
{
	if (f->total <= 0)
		return SYNC_LEAVE;
	if (f->reserved >= f->total)
		return decide_full(f);
	if (was_used(f))
		return SYNC_RESERVE_USED;
	if (f->local == SYNC_UNKNOWN)
		return SYNC_DOUBT;
	if (f->local == SYNC_NOT_READY)
		return f->spare_moves && f->used > 0 ? SYNC_SPARE : SYNC_RESERVE;
	if (f->entry.mark != SYNC_NOT_OURS)
		return SYNC_FORGET;
	return f->reserved > 0 ? SYNC_FOREIGN : SYNC_LEAVE;
}
