/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/json.h"

#include "ctl/print/json.h"

static void add_states(struct json_object *to, const struct fleet_summary *summary)
{
	struct json_object *states = json_add_object(to, "states");

	for (int i = 0; i < _NODE_STATES; i++)
		json_add_number(states, node_state_word((enum node_state)i),
				(int64_t)summary->state[i]);
}

static void add_nodes(struct json_object *to, const struct fleet *fleet)
{
	struct json_object *nodes = json_add_array(to, "nodes");

	for (size_t i = 0; i < fleet->n; i++) {
		const struct fleet_node *node = &fleet->node[i];
		struct json_object *one = json_append_object(nodes);
		size_t ready;

		json_add_text(one, "host", node->name);
		json_add_text(one, "state", node_state_word(node->state));
		json_add_text(one, "time", node->time);
		json_add_number(one, "gpus", (int64_t)fleet_node_gpus(node, &ready));
		json_add_number(one, "ready_gpus", (int64_t)ready);
		json_add_text(one, "reason", node->reason);
		json_add_texts(one, "failed", &node->failed);
		json_add_text(one, "file", node->source);
	}
}

static void add_models(struct json_object *to, const struct fleet_summary *summary)
{
	struct json_object *models = json_add_array(to, "models");

	for (size_t i = 0; i < summary->n_models; i++) {
		const struct fleet_model *model = &summary->model[i];
		struct json_object *one = json_append_object(models);

		json_add_hex(one, "vendor_id", model->gpu->id.vendor, 4);
		json_add_hex(one, "device_id", model->gpu->id.device, 4);
		json_add_text(one, "name", model->gpu->name);
		json_add_text(one, "alias", model->gpu->alias);
		json_add_number(one, "nodes", (int64_t)model->nodes);
		json_add_number(one, "gpus", (int64_t)model->gpus);
		json_add_number(one, "ready", (int64_t)model->ready);
		json_add_known(one, "in_use", model->in_use);
		json_add_known(one, "quarantined", model->quarantined);
	}
}

static void add_checks(struct json_object *to, const struct fleet *fleet,
		       const struct fleet_summary *summary)
{
	struct json_object *checks = json_add_array(to, "failing_checks");

	for (size_t i = 0; i < summary->n_checks; i++) {
		const struct fleet_check *check = &summary->check[i];
		const struct fleet_failure *failure = &summary->failure[check->first];
		struct json_object *one = json_append_object(checks), *nodes;

		json_add_text(one, "id", failure->id);
		json_add_number(one, "count", (int64_t)check->n);
		nodes = json_add_array(one, "nodes");
		for (size_t k = 0; k < check->n; k++)
			json_append_text(nodes, fleet->node[failure[k].node].name);
	}
}

static void add_differences(struct json_object *to, const struct fleet *fleet,
			    const struct fleet_summary *summary)
{
	struct json_object *differences;

	json_add_text(to, "reference",
		      summary->reference < fleet->n ? fleet->node[summary->reference].name : NULL);
	differences = json_add_array(to, "differences");
	for (size_t i = 0; i < summary->n_differences; i++) {
		const struct fleet_difference *d = &summary->difference[i];
		struct json_object *one = json_append_object(differences);

		json_add_text(one, "host", fleet->node[d->node].name);
		json_add_text(one, "what", d->what);
		json_add_text(one, "reference", d->reference);
		json_add_text(one, "here", d->here);
	}
}

int fleet_print_json(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to)
{
	_cleanup_(json_free) struct json_object *report = json_object_new_object();

	json_add_number(report, "version", 1);
	json_add_bool(report, "complete", fleet->problem.n == 0);
	add_states(report, summary);
	json_add_number(report, "gpus", (int64_t)summary->gpus);
	json_add_number(report, "ready_gpus", (int64_t)summary->ready_gpus);
	add_nodes(report, fleet);
	add_models(report, summary);
	add_checks(report, fleet, summary);
	add_differences(report, fleet, summary);
	json_add_texts(report, "problems", &fleet->problem);
	return json_print(report, to);
}
