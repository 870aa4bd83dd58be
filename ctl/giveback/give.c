/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/give.h"

#include <string.h>
#include <time.h>

#include "ctl/machine/host.h"
#include "ctl/placement/http.h"
#include "ctl/placement/inventory.h"
#include "ctl/sync/trees.h"
#include "helper/record/lock.h"

#define LIMIT_MS 20000
#define REASON	 "given back by gpuclaimctl nova return"
#define LOCK_MS	 12000 /* a pass of `nova sync` ends sooner */

static void take_provider(const struct sync_provider *p, struct giveback_facts *facts)
{
	facts->provider = p->read;
	facts->one_time = p->one_time;
	facts->total = p->total;
	facts->reserved = p->reserved;
	facts->used = p->used;
}

/* Also anew: the token may be old, and all requests of a session end in time. */
static int log_in(struct give *give)
{
	const struct placement_login how = {
		.root = give->root,
		.credentials = &give->login.credentials,
		.url = *give->url	 ? give->url
		       : give->login.url ? give->login.url
					 : "",
		.limit_ms = LIMIT_MS,
	};

	placement_close(&give->session);
	free(TAKE_PTR(give->error));
	return placement_open(&how, &give->session, &give->error);
}

/* Of two it can't be told which one Nova gives away. */
static int pick(struct give *give, const struct sync_state *state,
		const struct pci_address *address)
{
	size_t found = 0;

	for (size_t i = 0; i < state->n_providers; i++) {
		if (pci_address_compare(&state->provider[i].address, address) != 0)
			continue;
		give->provider = state->provider[i];
		found++;
	}
	if (found < 2)
		return 0;
	return placement_complain(
		&give->session, -ENOTUNIQ,
		"Placement has %zu resource providers of it: delete those of computes that are gone",
		found);
}

/* Only this GPU's provider: the others are not asked for. */
static int find(struct give *give, const struct pci_address *address)
{
	const struct sync_gpu gpu = {.address = *address};
	struct sync_state state _cleanup_(sync_state_free) = {0},
				last _cleanup_(sync_state_free) = {0};
	struct sync_record none = {0};
	struct text_list notes _cleanup_(text_list_free) = {0};
	char node[HOST_NAME_MAX_BYTES];
	const struct sync_clock clock = {0};
	const struct sync_trees trees = {&give->session, &give->login, node, &none, &last, &clock};
	bool whole = true;
	int r = ARRAY_ADD(state.gpu, state.n_gpus, gpu);

	(void)host_name_read(give->root, node);
	if (r == 0)
		r = sync_trees_read(&trees, &state, &notes, &whole);
	if (r == 0)
		r = pick(give, &state, address);
	if (r == 0 && !give->provider.read && !whole && notes.n)
		r = placement_complain(&give->session, -ENXIO, "%s", notes.text[0]);
	return r;
}

int give_open(const struct root *root, const char *url, const struct pci_address *address,
	      struct give *ret, struct giveback_facts *facts)
{
	int r;

	*ret = (struct give){.root = root, .url = url};
	r = sync_login_read(root, &ret->login, &ret->error);
	if (r == 0)
		r = log_in(ret);
	if (r == 0)
		r = find(ret, address);
	if (r == 0)
		take_provider(&ret->provider, facts);
	return r;
}

void give_close(struct give *give)
{
	placement_close(&give->session);
	sync_login_free(&give->login);
	free(give->error);
	*give = (struct give){0};
}

int give_refresh(struct give *give, struct giveback_facts *facts)
{
	int r = log_in(give);

	if (r == 0)
		r = sync_trees_refresh(&give->session, &give->provider);
	if (r == 0)
		take_provider(&give->provider, facts);
	return r;
}

static int note(const struct root *root, struct sync_record *record, const struct sync_entry *entry)
{
	int r = sync_record_note(record, entry);

	return r < 0 ? r : sync_record_write(root, record);
}

static struct sync_entry entry_of(const struct give *give, bool one_time, long generation)
{
	struct sync_entry entry = {
		.address = give->provider.address,
		.generation = generation,
		.returned = one_time ? generation : 0,
		.time = (int64_t)time(NULL),
		.reason = REASON,
	};

	memcpy(entry.uuid, give->provider.uuid, sizeof(entry.uuid));
	return entry;
}

/* Before it is known whether Placement took it a reservation of ours stays ours. Each write raises
 * the generation by one; what it really is then is noted after it. */
static struct sync_entry entry_before(const struct give *give, bool one_time,
				      const struct sync_entry *before)
{
	struct sync_entry entry = entry_of(give, one_time, give->provider.generation + 1);

	if (before->mark == SYNC_NOT_OURS)
		return entry;
	entry.mark = before->mark;
	entry.generation = before->generation;
	entry.before = before->before;
	memcpy(entry.reason, before->reason, sizeof(entry.reason));
	return entry;
}

/* The record says what it said before. */
static int take_back(struct give *give, struct sync_record *record, struct sync_entry *before)
{
	memcpy(before->uuid, give->provider.uuid, sizeof(before->uuid));
	return note(give->root, record, before);
}

static int write_all(struct give *give, bool one_time, struct sync_record *record)
{
	const struct sync_entry *known = sync_record_find(record, give->provider.uuid);
	struct sync_entry before = known ? *known : (struct sync_entry){0};
	struct sync_entry entry = entry_before(give, one_time, &before);
	const struct placement_change change = {.uuid = give->provider.uuid,
						.resource_class = give->provider.resource_class,
						.generation = give->provider.generation};
	long generation = 0;
	int r = note(give->root, record, &entry), back;

	if (r < 0)
		return r;
	r = placement_reserve(&give->session, &change, &generation);
	if (r < 0 && r != -EINPROGRESS) {
		back = take_back(give, record, &before);
		return back < 0 ? back : r;
	}
	if (r < 0)
		return r;
	entry = entry_of(give, one_time, generation);
	return note(give->root, record, &entry);
}

int give_back(struct give *give, bool one_time)
{
	struct sync_record record _cleanup_(sync_record_free) = {0};
	/* `nova sync` has the same record. */
	_cleanup_close_ int held = lock_take(give->root, SYNC_LOCK, LOCK_MS);
	int r = held;

	if (r >= 0)
		r = sync_record_read(give->root, &record);
	if (r < 0)
		return r;
	http_limit(give->session.http, LIMIT_MS); /* the lock may have been waited for */
	return write_all(give, one_time, &record);
}
