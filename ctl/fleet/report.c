/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/print/json.h"

/* Between a fact and its value, while there may be no NUL. */
#define SEPARATOR  '\t'
#define WORD_MAX   160
#define REASON_MAX 1024

static const char *const state_words[] = {
	[NODE_READY] = "ready",
	[NODE_NOT_READY] = "not-ready",
	[NODE_REBOOT] = "reboot",
	[NODE_NOT_SET_UP] = "not-set-up",
};
_Static_assert(ARRAY_SIZE(state_words) == _NODE_STATES, "a state has no word");

const char *node_state_word(enum node_state state)
{
	return state_words[state];
}

char *report_tidy(const char *text, size_t max)
{
	_cleanup_free_ char *cut = strndup(text, max);
	_cleanup_(json_free) struct json_object *valid = cut ? json_text(cut) : NULL;
	char *tidy = valid ? strdup(json_object_get_string(valid)) : NULL;

	if (tidy)
		text_make_printable(tidy);
	return tidy;
}

/* Return: 1, 0, or -1 where it does not tell. */
static int flag_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value) : -1;
}

/* Return: @key's array, or NULL if there is none, or not all in it are objects. */
static struct json_object *objects_of(struct json_object *object, const char *key, size_t *ret_n)
{
	struct json_object *array = json_member(object, key, json_type_array);

	*ret_n = 0;
	if (!array)
		return NULL;
	for (size_t i = 0; i < (size_t)json_object_array_length(array); i++)
		if (!json_object_is_type(json_object_array_get_idx(array, i), json_type_object))
			return NULL;
	*ret_n = (size_t)json_object_array_length(array);
	return array;
}

/* Of what is not there there is no copy. */
static int copy(const char *text, size_t max, char **ret)
{
	*ret = text && *text ? report_tidy(text, max) : NULL;
	return text && *text && !*ret ? -ENOMEM : 0;
}

static int add_fact(struct fleet_node *node, const char *key, const char *what, const char *value)
{
	_cleanup_free_ char *tidy_what = report_tidy(what, WORD_MAX);
	_cleanup_free_ char *tidy_value = report_tidy(value ? value : "", WORD_MAX);

	if (!tidy_what || !tidy_value)
		return -ENOMEM;
	return text_list_add(&node->fact, "%s%s%c%s", key, tidy_what, SEPARATOR, tidy_value);
}

static int take_checks(struct json_object *report, bool compared, struct fleet_node *node)
{
	size_t n;
	struct json_object *checks = objects_of(report, "checks", &n);
	int r = checks && n ? 0 : -EBADMSG; /* status tells of one at least */

	for (size_t i = 0; i < n && r == 0; i++) {
		struct json_object *check = json_object_array_get_idx(checks, i);
		const char *id = json_member_text(check, "id"),
			   *state = json_member_text(check, "state");
		_cleanup_free_ char *tidy = id ? report_tidy(id, WORD_MAX) : NULL;

		if (!id || !state)
			return -EBADMSG;
		if (!tidy)
			return -ENOMEM;
		if (compared)
			r = add_fact(node, "check ", id, state);
		if (r < 0 || strcmp(state, "fail") != 0)
			continue;
		if (!node->failed.n)
			r = copy(json_member_text(check, "message"), REASON_MAX, &node->reason);
		if (r == 0)
			r = text_list_add(&node->failed, "%s", tidy);
	}
	return r;
}

/* All aliases of Nova's that stand for these IDs, with commas between. */
static int find_alias(struct json_object *report, struct pci_id id, char **ret)
{
	char list[WORD_MAX] = "", ids[10], wanted[10];
	struct json_object *alias;
	size_t n;

	snprintf(wanted, sizeof(wanted), "%04x:%04x", id.vendor, id.device);
	alias = objects_of(json_object_object_get(report, "nova"), "alias", &n);
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(alias, i);
		const char *vendor = json_member_text(one, "vendor_id"),
			   *product = json_member_text(one, "product_id");
		const char *name = json_member_text(one, "name");

		snprintf(ids, sizeof(ids), "%s:%s", vendor ? vendor : "", product ? product : "");
		if (name && strcasecmp(ids, wanted) == 0)
			text_join(list, sizeof(list), ",", name);
	}
	return copy(list, sizeof(list), ret);
}

/* Earlier releases' reports, and those of other programs, may lack the key. */
static bool is_selected(struct json_object *device)
{
	const char *verdict = json_member_text(device, "verdict");
	int selected = flag_of(device, "selected");

	return selected >= 0 ? selected : !verdict || strcmp(verdict, "not-selected") != 0;
}

static int take_gpu(struct json_object *report, struct json_object *device, struct fleet_node *node)
{
	const char *vendor = json_member_text(device, "vendor_id"),
		   *product = json_member_text(device, "device_id");
	struct fleet_gpu *gpu = &node->gpu[node->n_gpus];
	char ids[16];
	int r;

	snprintf(ids, sizeof(ids), "%s:%s", vendor ? vendor : "", product ? product : "");
	*gpu = (struct fleet_gpu){
		.ready = flag_of(device, "ready") > 0,
		.in_use = flag_of(device, "in_use"),
		.quarantined = flag_of(device, "quarantined"),
	};
	if (pci_id_parse(ids, &gpu->id) < 0)
		return -EBADMSG;
	node->n_gpus++;
	r = copy(json_member_text(device, "name"), WORD_MAX, &gpu->name);
	return r < 0 ? r : find_alias(report, gpu->id, &gpu->alias);
}

static int take_gpus(struct json_object *report, struct fleet_node *node)
{
	size_t n;
	struct json_object *devices = objects_of(report, "devices", &n);
	int r = devices ? 0 : -EBADMSG;

	node->gpu = calloc(n + 1, sizeof(*node->gpu));
	if (!node->gpu)
		return -ENOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		const char *role = json_member_text(device, "role");

		if (role && strcmp(role, "gpu") == 0 && is_selected(device))
			r = take_gpu(report, device, node);
	}
	return r;
}

static int add_counts(struct fleet_node *node)
{
	char ids[10], count[24];
	int r = 0;

	for (size_t i = 0; i < node->n_gpus && r == 0; i++) {
		size_t n = 0, first = SIZE_MAX;

		for (size_t k = 0; k < node->n_gpus; k++) {
			if (memcmp(&node->gpu[k].id, &node->gpu[i].id, sizeof(struct pci_id)) != 0)
				continue;
			first = n++ ? first : k;
		}
		snprintf(ids, sizeof(ids), "%04x:%04x", node->gpu[i].id.vendor,
			 node->gpu[i].id.device);
		snprintf(count, sizeof(count), "%zu", n);
		if (first == i)
			r = add_fact(node, "GPUs ", ids, count);
	}
	return r;
}

static int add_schedulable(struct json_object *report, struct fleet_node *node)
{
	struct json_object *nova = json_object_object_get(report, "nova");
	struct json_object *schedulable = json_object_object_get(nova, "schedulable");
	int r = 0;

	if (!json_object_is_type(schedulable, json_type_object))
		return 0;
	json_object_object_foreach(schedulable, name, value)
	{
		if (r == 0 && value)
			r = add_fact(node, "alias ", name, json_object_get_string(value));
	}
	return r;
}

static int add_facts(struct json_object *report, struct fleet_node *node)
{
	static const char *const words[] = {"yes", "no", "not known"};
	struct json_object *iommu = json_object_object_get(report, "iommu");
	int remaps = flag_of(iommu, "interrupt_remapping"), r;

	r = add_fact(node, "configuration", "", json_member_text(report, "configuration"));
	if (r == 0)
		r = add_fact(node, "IOMMU", "", json_member_text(iommu, "kind"));
	if (r == 0)
		r = add_fact(node, "IOMMU state", "", json_member_text(iommu, "state"));
	if (r == 0)
		r = add_fact(node, "interrupt remapping", "",
			     words[remaps > 0	 ? 0
				   : remaps == 0 ? 1
						 : 2]);
	if (r == 0)
		r = add_counts(node);
	if (r == 0)
		r = add_schedulable(report, node);
	text_list_sort(&node->fact);
	for (size_t i = 0; i < node->fact.n; i++)
		*strchr(node->fact.text[i], SEPARATOR) = '\0';
	return r;
}

static enum node_state state_of(struct json_object *report, const struct fleet_node *node)
{
	if (flag_of(report, "ready") > 0 && !node->failed.n)
		return NODE_READY;
	if (flag_of(report, "configured") == 0)
		return NODE_NOT_SET_UP;
	return flag_of(report, "reboot_required") > 0 ? NODE_REBOOT : NODE_NOT_READY;
}

static int take(struct json_object *report, bool compared, struct fleet_node *node)
{
	int r = take_checks(report, compared, node);

	if (r == 0)
		r = take_gpus(report, node);
	if (r == 0)
		r = copy(json_member_text(report, "host"), WORD_MAX, &node->name);
	if (r == 0)
		r = copy(json_member_text(report, "time"), WORD_MAX, &node->time);
	if (r == 0 && compared)
		r = add_facts(report, node);
	node->state = state_of(report, node);
	return r;
}

int report_read(struct json_object *report, bool compared, struct fleet_node *ret)
{
	struct fleet_node node = {0};
	struct json_object *version;
	int r;

	if (!json_object_is_type(report, json_type_object))
		return -EBADMSG;
	version = json_object_object_get(report, "version");
	if (!json_object_is_type(version, json_type_int) || json_object_get_int(version) != 1 ||
	    flag_of(report, "ready") < 0)
		return -EBADMSG;
	r = take(report, compared, &node);
	if (r < 0) {
		fleet_node_free(&node);
		return r;
	}
	*ret = node;
	return 0;
}

void fleet_node_free(struct fleet_node *node)
{
	for (size_t i = 0; i < node->n_gpus; i++) {
		free(node->gpu[i].name);
		free(node->gpu[i].alias);
	}
	free(node->gpu);
	free(node->name);
	free(node->time);
	free(node->reason);
	free(node->source);
	text_list_free(&node->failed);
	text_list_free(&node->fact);
	*node = (struct fleet_node){0};
}
