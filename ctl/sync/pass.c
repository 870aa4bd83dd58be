/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/pass.h"

#include <stdio.h>
#include <string.h>

#include <stdlib.h>

#include "ctl/machine/host.h"
#include "ctl/sync/due.h"
#include "ctl/sync/look.h"
#include "ctl/sync/trees.h"
#include "ctl/sync/write.h"
#include "helper/base/own.h"
#include "helper/base/text.h"
#include "helper/policy/fingerprint.h"

/* All requests of a pass together. */
#define LIMIT_MS  10000
#define TRIES_MAX 3

static int add_deed(struct sync_pass *pass, const struct sync_provider *p)
{
	const struct sync_gpu *gpu = sync_state_gpu(&pass->state, &p->address);
	struct sync_deed deed = {
		.address = p->address, .action = p->action, .reserved = p->reserved};

	memcpy(deed.uuid, p->uuid, sizeof(deed.uuid));
	(void)snprintf(deed.reason, sizeof(deed.reason), "%s",
		       sync_reason(p->action, gpu ? gpu->reason : ""));
	return ARRAY_ADD(pass->deed, pass->n_deeds, deed);
}

static struct sync_facts facts_of(const struct sync_pass *pass, const struct sync_record *record,
				  const struct sync_provider *p)
{
	const struct sync_gpu *gpu = sync_state_gpu(&pass->state, &p->address);
	const struct sync_entry *entry = sync_record_find(record, p->uuid);
	struct sync_facts facts = {
		.local = gpu ? gpu->local : SYNC_UNKNOWN,
		.generation = p->generation,
		.total = p->total,
		.reserved = p->reserved,
		.used = p->used,
		.one_time = p->one_time,
		.spare_moves = pass->spare_moves,
	};

	if (entry)
		facts.entry = *entry;
	return facts;
}

/* -ESTALE: it changed meanwhile, and is to be looked at afresh. */
static int settle(struct sync_pass *pass, struct placement_session *session,
		  struct sync_record *record, struct sync_provider *p)
{
	const struct sync_facts facts = facts_of(pass, record, p);
	const struct sync_gpu *gpu = sync_state_gpu(&pass->state, &p->address);
	const struct sync_write write = {pass->root, session, record, pass->dry_run,
					 gpu ? gpu->reason : ""};
	int r;

	p->action = sync_decide(&facts);
	if (p->action == SYNC_FORGET)
		return sync_write_forget(&write, p);
	if (!sync_action_writes(p->action))
		return 0;
	r = sync_write(&write, &facts, p);
	return r < 0 ? r : add_deed(pass, p);
}

/* A provider that is gone, or that others change all the time, is no error. */
static int settle_provider(struct sync_pass *pass, struct placement_session *session,
			   struct sync_record *record, struct sync_provider *p)
{
	int r = settle(pass, session, record, p);

	for (int tries = 1; r == -ESTALE && tries < TRIES_MAX; tries++) {
		r = sync_trees_refresh(session, p);
		if (r == 0)
			r = settle(pass, session, record, p);
	}
	if (r != -ENOENT && r != -ESTALE && r != -ENOTUNIQ)
		return r;
	p->read = false;
	return text_list_add(
		&pass->notes, "resource provider %s %s", p->uuid,
		r == -ENOENT ? "is gone" : "changes all the time: the next pass looks at it again");
}

/* What Placement has no provider for any more, we have reserved no more. */
static int forget_gone(struct sync_pass *pass, struct sync_record *record)
{
	size_t before = record->n;

	for (size_t i = record->n; i-- > 0;)
		if (!sync_state_provider(&pass->state, record->entry[i].uuid))
			record->entry[i] = record->entry[--record->n];
	return record->n == before || pass->dry_run ? 0 : sync_record_write(pass->root, record);
}

static int ask(struct sync_pass *pass, const struct sync_clock *clock,
	       const struct sync_login *login, const struct sync_state *last,
	       struct sync_record *record)
{
	struct placement_session session _cleanup_(placement_close) = {0};
	const struct placement_login how = {
		.root = pass->root,
		.credentials = &login->credentials,
		.url = *pass->url   ? pass->url
		       : login->url ? login->url
				    : "",
		.keep = !pass->dry_run,
		.limit_ms = LIMIT_MS,
	};
	char node[HOST_NAME_MAX_BYTES];
	const struct sync_trees trees = {&session, login, node, record, last, clock};
	bool whole = false;
	int r = placement_open(&how, &session, &pass->error);

	(void)host_name_read(pass->root, node);
	if (r == 0)
		r = sync_trees_read(&trees, &pass->state, &pass->notes, &whole);
	for (size_t i = 0; i < pass->state.n_providers && r == 0; i++)
		if (pass->state.provider[i].read)
			r = settle_provider(pass, &session, record, &pass->state.provider[i]);
	return r == 0 && whole ? forget_gone(pass, record) : r;
}

/* What is told next time is what Placement has not heard of yet. */
static void keep_last(struct sync_pass *pass, struct sync_state *last)
{
	struct sync_state *now = &pass->state;

	free(now->gpu);
	now->gpu = TAKE_PTR(last->gpu);
	now->n_gpus = last->n_gpus;
	now->asked = last->asked;
	now->late = last->late;
	now->failures = last->failures + 1;
	if (now->provider)
		return;
	now->provider = TAKE_PTR(last->provider);
	now->n_providers = last->n_providers;
	text_list_free(&now->compute);
	now->compute = last->compute;
	last->compute = (struct text_list){0};
}

static int ask_and_keep(struct sync_pass *pass, const struct sync_clock *clock,
			struct sync_state *last, struct sync_record *record)
{
	struct sync_login login _cleanup_(sync_login_free) = {0};
	int r = sync_login_read(pass->root, &login, &pass->error), kept = 0;

	pass->asked = true;
	if (r == 0)
		r = ask(pass, clock, &login, last, record);
	pass->state.tried = sync_seconds_since_boot();
	if (r < 0)
		keep_last(pass, last);
	else
		pass->state.asked = pass->state.tried;
	if (r == 0) {
		free(pass->error);
		pass->error = NULL;
	}
	if (!pass->dry_run)
		kept = sync_state_write(pass->root, &pass->state);
	return r < 0 ? r : kept;
}

static int refuse_record(struct sync_pass *pass, int r)
{
	const char *why = "is no record of gpuclaim's: move it away";

	if (r == OWN_FOREIGN)
		why = "belongs to another user: if you trust what it says, run chown root on it";
	if (r == OWN_OPEN_TO_ALL)
		why = "may be written by others: if you trust what it says, run chmod go-w on it";
	if (r != OWN_FOREIGN && r != OWN_OPEN_TO_ALL && r != -EBADMSG)
		return r;
	pass->refused = true;
	return text_format(&pass->error, "/" SYNC_RECORD_PATH " %s", why) < 0 ? -ENOMEM : -EPERM;
}

static struct sync_clock read_clock(const struct sync_pass *pass)
{
	char name[HOST_NAME_MAX_BYTES], hash[FINGERPRINT_MAX];

	return (struct sync_clock){
		.now_s = sync_seconds_since_boot(),
		.seed = strtoull(fingerprint_text(host_name_read(pass->root, name), hash), NULL,
				 16),
		.spread = pass->spread && !pass->dry_run,
	};
}

/* Nothing has changed: what Placement had counts. */
static int stay(struct sync_pass *pass, struct sync_state *last, int64_t now_s)
{
	pass->state.provider = TAKE_PTR(last->provider);
	pass->state.n_providers = last->n_providers;
	pass->state.asked = last->asked;
	pass->state.late = last->late;
	pass->state.failures = last->failures;
	if (last->tried)
		return 0;
	pass->state.tried = now_s;
	return sync_state_write(pass->root, &pass->state);
}

int sync_pass_run(struct sync_pass *pass)
{
	const struct sync_clock clock = read_clock(pass);
	struct sync_record record _cleanup_(sync_record_free) = {0};
	struct sync_state last _cleanup_(sync_state_free) = {0};
	int r = sync_look(pass->root, &pass->state, &pass->broken);

	if (r < 0 || pass->broken)
		return r;
	pass->state.spare_moves = pass->spare_moves;
	r = sync_state_read(pass->root, &last);
	if (r == 0)
		r = sync_record_read(pass->root, &record);
	if (r < 0)
		return refuse_record(pass, r);
	if (!pass->state.n_gpus && !record.n)
		return 0;
	if (pass->dry_run || sync_is_due(&last, &pass->state, &clock))
		return ask_and_keep(pass, &clock, &last, &record);
	return stay(pass, &last, clock.now_s);
}

void sync_pass_free(struct sync_pass *pass)
{
	sync_state_free(&pass->state);
	free(pass->deed);
	text_list_free(&pass->notes);
	free(pass->error);
	*pass = (struct sync_pass){0};
}
