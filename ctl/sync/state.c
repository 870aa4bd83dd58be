/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/base/own.h"

#define FOLDER	  "run/gpuclaim"
#define PATH	  FOLDER "/sync.json"
#define STATE_MAX (4u << 20)

static const char *const locals[] = {
	[SYNC_READY] = "ready",
	[SYNC_NOT_READY] = "not-ready",
	[SYNC_UNKNOWN] = "unknown",
};

const char *sync_local_word(enum sync_local local)
{
	return locals[local];
}

void sync_state_free(struct sync_state *state)
{
	free(state->gpu);
	free(state->provider);
	text_list_free(&state->compute);
	*state = (struct sync_state){0};
}

const struct sync_gpu *sync_state_gpu(const struct sync_state *state,
				      const struct pci_address *address)
{
	for (size_t i = 0; i < state->n_gpus; i++)
		if (pci_address_compare(&state->gpu[i].address, address) == 0)
			return &state->gpu[i];
	return NULL;
}

struct sync_provider *sync_state_provider(const struct sync_state *state, const char *uuid)
{
	for (size_t i = 0; i < state->n_providers; i++)
		if (strcmp(state->provider[i].uuid, uuid) == 0)
			return &state->provider[i];
	return NULL;
}

int sync_quarantined(const struct sync_record *record, const struct sync_state *state,
		     const struct pci_address *address)
{
	for (size_t i = 0; i < record->n; i++)
		if ((record->entry[i].mark == SYNC_OURS || record->entry[i].mark == SYNC_SETTING) &&
		    pci_address_compare(&record->entry[i].address, address) == 0)
			return 1;
	for (size_t i = 0; i < state->n_providers; i++)
		if (pci_address_compare(&state->provider[i].address, address) == 0)
			return 0;
	return -1;
}

static void gpu_json(const struct sync_gpu *gpu, struct json_object *to)
{
	json_add_address(to, "address", &gpu->address);
	json_add_text(to, "state", sync_local_word(gpu->local));
	json_add_bool(to, "open", gpu->open);
	json_add_text(to, "reason", gpu->reason[0] ? gpu->reason : NULL);
}

static void provider_json(const struct sync_provider *p, struct json_object *to)
{
	json_add_text(to, "uuid", p->uuid);
	json_add_address(to, "address", &p->address);
	json_add_number(to, "generation", p->generation);
	if (p->plain || p->read)
		json_add_bool(to, "one_time_use", p->one_time);
	if (!p->read)
		return;
	json_add_text(to, "resource_class", p->resource_class);
	json_add_number(to, "total", p->total);
	json_add_number(to, "reserved", p->reserved);
	json_add_number(to, "used", p->used);
	json_add_text(to, "action", sync_action_word(p->action));
}

void sync_state_json(const struct sync_state *state, struct json_object *to)
{
	struct json_object *gpus = json_add_array(to, "gpus");
	struct json_object *providers = json_add_array(to, "providers");

	for (size_t i = 0; i < state->n_gpus; i++)
		gpu_json(&state->gpu[i], json_append_object(gpus));
	for (size_t i = 0; i < state->n_providers; i++)
		provider_json(&state->provider[i], json_append_object(providers));
}

static int64_t number_of(struct json_object *o, const char *key)
{
	return json_object_get_int64(json_object_object_get(o, key));
}

static struct json_object *array_of(struct json_object *o, const char *key, size_t *ret_n)
{
	struct json_object *value = json_member(o, key, json_type_array);

	*ret_n = value ? json_object_array_length(value) : 0;
	return value;
}

static int parse_gpu(struct json_object *o, struct sync_state *state)
{
	const char *address = json_member_text(o, "address"), *local = json_member_text(o, "state");
	struct sync_gpu gpu = {.local = SYNC_UNKNOWN, .open = number_of(o, "open")};

	if (!address || !local || pci_address_parse(address, &gpu.address) < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(locals); i++)
		if (strcmp(local, locals[i]) == 0)
			gpu.local = (enum sync_local)i;
	if (json_member_text(o, "reason"))
		(void)snprintf(gpu.reason, sizeof(gpu.reason), "%s", json_member_text(o, "reason"));
	return ARRAY_ADD(state->gpu, state->n_gpus, gpu);
}

/* What it lacks is read anew. */
static int parse_provider(struct json_object *o, struct sync_state *state)
{
	const char *address = json_member_text(o, "address"), *uuid = json_member_text(o, "uuid");
	const char *resource_class = json_member_text(o, "resource_class"),
		   *action = json_member_text(o, "action");
	bool told = json_object_object_get_ex(o, "one_time_use", NULL);
	struct sync_provider p = {.generation = number_of(o, "generation"),
				  .read = resource_class,
				  .plain = told && !resource_class && !number_of(o, "one_time_use"),
				  .one_time = number_of(o, "one_time_use"),
				  .total = number_of(o, "total"),
				  .reserved = number_of(o, "reserved"),
				  .used = number_of(o, "used")};

	if (!address || !uuid || pci_address_parse(address, &p.address) < 0)
		return 0;
	(void)snprintf(p.uuid, sizeof(p.uuid), "%s", uuid);
	for (int i = 0; action && i < _SYNC_ACTION_COUNT; i++)
		if (strcmp(action, sync_action_word((enum sync_action)i)) == 0)
			p.action = (enum sync_action)i;
	if (resource_class)
		(void)snprintf(p.resource_class, sizeof(p.resource_class), "%s", resource_class);
	return ARRAY_ADD(state->provider, state->n_providers, p);
}

static int parse_lists(struct json_object *top, struct sync_state *state)
{
	size_t n;
	struct json_object *list = array_of(top, "gpus", &n);
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++)
		r = parse_gpu(json_object_array_get_idx(list, i), state);
	list = array_of(top, "providers", &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = parse_provider(json_object_array_get_idx(list, i), state);
	list = array_of(top, "computes", &n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = text_list_add(&state->compute, "%s",
				  json_object_get_string(json_object_array_get_idx(list, i)));
	return r;
}

int sync_state_parse(const char *text, struct sync_state *ret)
{
	struct sync_state state _cleanup_(sync_state_free) = {0};
	_cleanup_(json_free) struct json_object *top = json_parse(text);
	int r = parse_lists(top, &state);

	if (r < 0)
		return r;
	state.asked = number_of(top, "asked");
	state.tried = number_of(top, "tried");
	state.late = number_of(top, "late");
	state.failures = (unsigned)number_of(top, "failures");
	state.spare_moves = number_of(top, "spare_moves");
	*ret = TAKE_STRUCT(state);
	return 0;
}

int sync_state_read(const struct root *root, struct sync_state *ret)
{
	_cleanup_free_ char *text = NULL;
	int r = own_read(root, PATH, STATE_MAX, &text);

	*ret = (struct sync_state){0};
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return sync_state_parse(text, ret);
}

int sync_state_write(const struct root *root, const struct sync_state *state)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	_cleanup_free_ char *text = NULL;
	int r;

	json_add_number(top, "asked", state->asked);
	json_add_number(top, "tried", state->tried);
	json_add_number(top, "late", state->late);
	json_add_number(top, "failures", state->failures);
	json_add_bool(top, "spare_moves", state->spare_moves);
	json_add_texts(top, "computes", &state->compute);
	sync_state_json(state, top);
	text = json_render(top);
	r = text ? root_mkdir(root, FOLDER) : -ENOMEM;
	return r < 0 ? r : root_replace(root, PATH, text, strlen(text), 0644, false);
}

int64_t sync_seconds_since_boot(void)
{
	struct timespec now;

	return clock_gettime(CLOCK_BOOTTIME, &now) < 0 ? 0 : (int64_t)now.tv_sec;
}
