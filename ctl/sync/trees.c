/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/trees.h"

#include <stdio.h>
#include <string.h>

#include "ctl/placement/placement.h"
#include "ctl/placement/summary.h"

#define ONE_TIME_TRAIT "HW_PCI_ONE_TIME_USE"

/* What was read of the same generation still holds, but the end of a use. */
static bool still_holds(const struct sync_provider *known, const struct placement_provider *p)
{
	return known && known->generation == p->generation;
}

/*
 * The end of a use raises no generation: one-time-use GPUs wait for it, and those that are spared.
 * Source: Placement, objects/allocation.py, delete_all().
 */
static bool awaits_end_of_use(const struct sync_provider *p)
{
	return p->used > 0 && (p->one_time || p->action == SYNC_SPARE);
}

/* What has to be known now: all else can wait for this node's moment. */
static bool is_urgent(const struct sync_trees *t, const struct sync_state *state,
		      const struct sync_provider *p)
{
	const struct sync_gpu *gpu = sync_state_gpu(state, &p->address);

	return !t->clock->spread || p->one_time || (gpu && gpu->local == SYNC_NOT_READY) ||
	       sync_record_find(t->record, p->uuid);
}

static int add_provider(const struct sync_trees *t, const struct placement_provider *p,
			const struct pci_address *address, struct sync_state *state)
{
	struct sync_provider provider = {.address = *address, .generation = p->generation};
	const struct sync_provider *known = sync_state_provider(t->last, p->uuid);

	if (strlen(p->uuid) >= sizeof(provider.uuid))
		return 0;
	if (!sync_state_gpu(state, address) && !sync_record_find(t->record, p->uuid))
		return 0;
	memcpy(provider.uuid, p->uuid, strlen(p->uuid) + 1);
	if (still_holds(known, p) && pci_address_compare(&known->address, address) == 0)
		provider = *known;
	provider.one_time = known && known->one_time;
	return ARRAY_ADD(state->provider, state->n_providers, provider);
}

/* Whose name is another's, perhaps for its image was copied from that node, is not this node. */
static bool is_this_node(const struct sync_trees *t, const struct placement *tree)
{
	return placement_is_node(tree->node, t->node) ||
	       (t->login->host && strcmp(tree->node, t->login->host) == 0);
}

static int read_tree(const struct sync_trees *t, const char *uuid, struct sync_state *state,
		     struct text_list *notes, bool *whole)
{
	struct placement tree _cleanup_(placement_free) = {0};
	int r = placement_read_tree(t->session, uuid, &tree);

	if (r < 0)
		return r;
	if (!tree.node) {
		*whole = false;
		return text_list_add(
			notes,
			"Placement has no resource provider %s: nova-compute makes it when it starts",
			uuid);
	}
	if (!is_this_node(t, &tree)) {
		*whole = false;
		return text_list_add(
			notes,
			"resource provider %s is %s, and this node is %s: it is left alone; look whether compute_id of nova-compute was copied from there",
			uuid, tree.node, t->node);
	}
	for (size_t i = 0; i < tree.n && r == 0; i++) {
		struct pci_address address;

		if (placement_address_of(&tree, &tree.provider[i], &address))
			r = add_provider(t, &tree.provider[i], &address, state);
	}
	return r;
}

/* Before Nova 27 only the name tells which it is; found once, its UUID is kept. */
static int find_computes(const struct sync_trees *t, struct sync_state *state)
{
	const struct text_list *known =
		t->login->compute.n ? &t->login->compute : &t->last->compute;
	_cleanup_free_ char *uuid = NULL;
	int r = 0;

	for (size_t i = 0; i < known->n && r == 0; i++)
		r = text_list_add(&state->compute, "%s", known->text[i]);
	if (r < 0 || known->n)
		return r;
	r = placement_find_node(t->session, t->node, &uuid);
	return r == 0 && uuid ? text_list_add(&state->compute, "%s", uuid) : r;
}

/* The GPU's own; one without anything in it is nobody's. -ENOTUNIQ: there are several. */
static int choose_inventory(const struct placement_provider *p,
			    const struct placement_inventory **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < p->n_inventories; i++) {
		if (p->inventory[i].total <= 0 && !p->inventory[i].used)
			continue;
		if (*ret)
			return -ENOTUNIQ;
		*ret = &p->inventory[i];
	}
	return 0;
}

static int take_details(const struct placement_provider *p, struct sync_provider *ret)
{
	const struct placement_inventory *inventory;
	int r = choose_inventory(p, &inventory);

	if (r < 0)
		return r;
	ret->generation = p->generation;
	ret->read = true;
	ret->plain = ret->one_time = false;
	ret->total = inventory ? inventory->total : 0;
	ret->reserved = inventory ? inventory->reserved : 0;
	ret->used = inventory ? inventory->used : 0;
	(void)snprintf(ret->resource_class, sizeof(ret->resource_class), "%s",
		       inventory ? inventory->resource_class : "");
	for (size_t i = 0; i < p->trait.n; i++)
		ret->one_time |= strcmp(p->trait.text[i], ONE_TIME_TRAIT) == 0;
	return 0;
}

int sync_trees_refresh(struct placement_session *session, struct sync_provider *provider)
{
	struct placement_provider one = {.uuid = provider->uuid,
					 .generation = provider->generation};
	int r = placement_read_provider(session, &one);

	if (r == 0)
		r = take_details(&one, provider);
	placement_provider_free_details(&one);
	return r;
}

static int refresh_use(struct placement_session *session, struct sync_provider *provider)
{
	struct placement_inventory inventory = {.resource_class = provider->resource_class};
	struct placement_provider one = {
		.uuid = provider->uuid, .inventory = &inventory, .n_inventories = 1};
	int r = placement_read_use(session, &one);

	if (r == 0)
		provider->used = inventory.used;
	text_list_free(&one.consumer);
	return r;
}

/* One that can't be judged stays as it is, and what is known of it is kept. */
static int drop(struct sync_state *state, size_t i, int why, struct text_list *notes, bool *whole)
{
	char uuid[SYNC_UUID_MAX];

	memcpy(uuid, state->provider[i].uuid, sizeof(uuid));
	state->provider[i] = state->provider[--state->n_providers];
	if (why != -ENOTUNIQ)
		return 0;
	*whole = false;
	return text_list_add(
		notes,
		"resource provider %s has inventories of several resource classes: it is left alone; take out what Nova has not put there",
		uuid);
}

static bool is_listed(const struct text_list *list, const char *uuid)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcasecmp(list->text[i], uuid) == 0)
			return true;
	return false;
}

static bool is_open_question(const struct sync_trees *t, const struct sync_state *state,
			     const struct sync_provider *p)
{
	return !p->read && !p->plain && !is_urgent(t, state, p);
}

/* Which of those that could wait are one-time-use GPUs? */
static int find_one_time(const struct sync_trees *t, struct sync_state *state)
{
	struct text_list found _cleanup_(text_list_free) = {0};
	int r = 0;

	for (size_t i = 0; i < state->compute.n && r == 0; i++)
		r = placement_find_trait(t->session, state->compute.text[i], ONE_TIME_TRAIT,
					 &found);
	for (size_t i = 0; i < state->n_providers && r == 0; i++) {
		struct sync_provider *p = &state->provider[i];

		if (!is_open_question(t, state, p))
			continue;
		p->one_time = is_listed(&found, p->uuid);
		p->plain = !p->one_time;
	}
	return r;
}

/* While a guest has it no use of it has ended; once a day that is asked all the same. */
static bool use_may_have_ended(const struct sync_trees *t, const struct sync_state *state,
			       const struct sync_provider *p)
{
	const struct sync_gpu *gpu = sync_state_gpu(state, &p->address);

	return awaits_end_of_use(p) && (!t->clock->spread || !gpu || !gpu->open ||
					sync_moment_came(t->clock, t->last->tried, SYNC_DAY_S));
}

/*
 * Of a one-time-use GPU there is one, so that its summary tells all of it; of others the total is
 * not told.
 */
static void take_summary(const struct placement_summary *s, struct sync_provider *p)
{
	if (!p->read)
		p->plain = !s->trait;
	if (!s->trait || s->capacity > 1 || s->used > 1)
		return;
	p->one_time = p->read = p->fresh = true;
	p->total = 1;
	p->reserved = 1 - s->capacity;
	p->used = s->used;
	(void)snprintf(p->resource_class, sizeof(p->resource_class), "%s", s->resource_class);
}

static bool is_to_be_read(const struct sync_trees *t, const struct sync_state *state,
			  const struct sync_provider *p, bool late)
{
	if (p->fresh || p->read)
		return !p->fresh && use_may_have_ended(t, state, p);
	return is_urgent(t, state, p) || (late && !p->plain);
}

static size_t count_to_be_read(const struct sync_trees *t, const struct sync_state *state,
			       bool late)
{
	size_t n = 0;

	for (size_t i = 0; i < state->n_providers; i++)
		n += is_to_be_read(t, state, &state->provider[i], late);
	return n;
}

/* One request for all of them, in place of three for each. */
static int read_together(const struct sync_trees *t, struct sync_state *state, bool late)
{
	struct placement_summaries summaries _cleanup_(placement_summaries_free) = {0};
	int r = 0;

	for (size_t i = 0; i < state->compute.n && r == 0; i++)
		r = placement_read_summaries(t->session, state->compute.text[i], ONE_TIME_TRAIT,
					     &summaries);
	for (size_t i = 0; i < state->n_providers && r == 0; i++) {
		struct sync_provider *p = &state->provider[i];
		const struct placement_summary *s = placement_summary_of(&summaries, p->uuid);

		if (s && is_to_be_read(t, state, p, late))
			take_summary(s, p);
	}
	return r;
}

static int read_many(const struct sync_trees *t, struct sync_state *state)
{
	bool late = t->clock->spread && sync_late_is_due(t->last, t->clock);
	size_t n = count_to_be_read(t, state, late),
	       waiting = n - count_to_be_read(t, state, false);
	int r = 0;

	state->late = t->last->late;
	if (t->clock->spread && (n > 1 || waiting))
		r = read_together(t, state, late);
	if (r < 0 || !waiting)
		return r;
	state->late = t->clock->now_s;
	return count_to_be_read(t, state, true) > count_to_be_read(t, state, false)
		       ? find_one_time(t, state)
		       : 0;
}

static int read_details(const struct sync_trees *t, struct sync_state *state,
			struct text_list *notes, bool *whole)
{
	int r = read_many(t, state);

	for (size_t i = state->n_providers; i-- > 0 && r == 0;) {
		struct sync_provider *p = &state->provider[i];

		if (!p->read && is_urgent(t, state, p))
			r = sync_trees_refresh(t->session, p);
		else if (is_to_be_read(t, state, p, false))
			r = refresh_use(t->session, p);
		if (r == -ENOENT || r == -ENOTUNIQ)
			r = drop(state, i, r, notes, whole);
	}
	return r;
}

int sync_trees_read(const struct sync_trees *t, struct sync_state *state, struct text_list *notes,
		    bool *ret_whole)
{
	int r = find_computes(t, state);

	*ret_whole = true;
	for (size_t i = 0; i < state->compute.n && r == 0; i++)
		r = read_tree(t, state->compute.text[i], state, notes, ret_whole);
	if (r == 0 && !state->compute.n) {
		*ret_whole = false;
		r = text_list_add(notes, "Placement has no resource provider of this node, %s",
				  t->node);
	}
	/* Found by its name, and gone: the next pass looks for it again. */
	if (r == 0 && !*ret_whole && !t->login->compute.n)
		text_list_free(&state->compute);
	return r == 0 ? read_details(t, state, notes, ret_whole) : r;
}
