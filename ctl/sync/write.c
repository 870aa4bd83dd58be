/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/write.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/placement/inventory.h"

const char *sync_reason(enum sync_action action, const char *reason)
{
	if (action == SYNC_RESERVE_USED)
		return "a one-time-use GPU was used, or may have been";
	return action == SYNC_LIFT ? "it is ready again" : reason;
}

static int note(const struct sync_write *w, const struct sync_entry *entry)
{
	int r = sync_record_note(w->record, entry);

	return r < 0 ? r : sync_record_write(w->root, w->record);
}

static long wanted(const struct sync_facts *facts, const struct sync_provider *p)
{
	if (p->action != SYNC_LIFT)
		return p->total;
	return facts->entry.before < p->total ? facts->entry.before : 0;
}

/* That it was used stays true, whatever Placement answers. */
static struct sync_entry entry_before(const struct sync_write *w, const struct sync_facts *facts,
				      const struct sync_provider *p)
{
	struct sync_entry entry = facts->entry;

	memcpy(entry.uuid, p->uuid, sizeof(entry.uuid));
	entry.address = p->address;
	if (p->action == SYNC_LIFT)
		return entry;
	if (entry.mark == SYNC_NOT_OURS || p->reserved < p->total)
		entry.before = p->reserved;
	entry.mark = p->action == SYNC_RESERVE_USED ? SYNC_USED : SYNC_SETTING;
	entry.generation = p->generation;
	entry.time = (int64_t)time(NULL);
	if (p->action == SYNC_RESERVE_USED)
		entry.returned = 0;
	(void)snprintf(entry.reason, sizeof(entry.reason), "%s", sync_reason(p->action, w->reason));
	return entry;
}

/* What we wrote ourselves is no change since a return. */
static struct sync_entry entry_after(const struct sync_entry *entry, const struct sync_facts *facts,
				     const struct sync_provider *p)
{
	struct sync_entry after = *entry;

	if (p->action != SYNC_RESERVE_USED)
		after.mark = p->action == SYNC_LIFT ? SYNC_NOT_OURS : SYNC_OURS;
	if (after.returned == facts->generation)
		after.returned = p->generation;
	after.generation = p->generation;
	return after;
}

int sync_write(const struct sync_write *w, const struct sync_facts *facts, struct sync_provider *p)
{
	struct sync_entry before = facts->entry, entry = entry_before(w, facts, p);
	const struct placement_change change = {.uuid = p->uuid,
						.resource_class = p->resource_class,
						.generation = p->generation,
						.reserved = wanted(facts, p)};
	int r = 0;

	if (!w->dry_run)
		r = note(w, &entry);
	if (r == 0 && !w->dry_run)
		r = placement_reserve(w->session, &change, &p->generation);
	if (r < 0 && r != -EINPROGRESS && entry.mark == SYNC_SETTING) {
		int back;

		memcpy(before.uuid, p->uuid, sizeof(before.uuid));
		back = note(w, &before);
		return back < 0 ? back : r;
	}
	if (r < 0)
		return r;
	p->reserved = change.reserved;
	entry = entry_after(&entry, facts, p);
	return w->dry_run ? 0 : note(w, &entry);
}

int sync_write_forget(const struct sync_write *w, const struct sync_provider *p)
{
	struct sync_entry *entry = sync_record_find(w->record, p->uuid), none;

	if (!entry || w->dry_run)
		return 0;
	none = *entry;
	none.mark = SYNC_NOT_OURS;
	return note(w, &none);
}
