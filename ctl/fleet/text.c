/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/text.h"

#include "ctl/print/table.h"
#include "helper/base/text_buffer.h"

/* Of the nodes that a check fails on. */
#define NAMES_MAX 8

static const char *const node_columns[] = {"NODE", "STATE", "GPUS", "READY", "REASON", NULL};
static const char *const model_columns[] = {"ID",     "ALIAS",	     "NODES", "GPUS", "READY",
					    "IN-USE", "QUARANTINED", "NAME",  NULL};
static const char *const check_columns[] = {"CHECK", "NODES", "WHICH", NULL};
static const char *const difference_columns[] = {"NODE", "WHAT", "REFERENCE", "HERE", NULL};

static const struct table_style plain;

static enum colour colour_of(enum node_state state)
{
	return state == NODE_READY	 ? COLOUR_GOOD
	       : state == NODE_NOT_READY ? COLOUR_BAD
					 : COLOUR_CAUTION;
}

static int print_table(struct table *table, const char *title, FILE *to)
{
	int r = 0;

	if (table->n_cells || table->failed) {
		fprintf(to, "\n%s\n", title);
		r = table_print(table, to);
	}
	table_free(table);
	return r;
}

static void print_head(const struct fleet *fleet, const struct fleet_summary *summary, FILE *to)
{
	const char *separator = ": ";

	fprintf(to, "%zu node%s", fleet->n, fleet->n == 1 ? "" : "s");
	for (int i = 0; i < _NODE_STATES; i++) {
		if (!summary->state[i])
			continue;
		fprintf(to, "%s%zu %s", separator, summary->state[i],
			node_state_word((enum node_state)i));
		separator = ", ";
	}
	fprintf(to, "\n%zu GPU%s selected, %zu ready\n", summary->gpus,
		summary->gpus == 1 ? "" : "s", summary->ready_gpus);
}

static int print_nodes(const struct fleet *fleet, bool all, FILE *to)
{
	struct table table;
	size_t ready;

	table_init(&table, node_columns, &plain);
	for (size_t i = 0; i < fleet->n; i++) {
		const struct fleet_node *node = &fleet->node[i];

		if (node->state == NODE_READY && !all)
			continue;
		table_add(&table, COLOUR_NONE, node->name);
		table_add(&table, colour_of(node->state), node_state_word(node->state));
		table_addf(&table, "%zu", fleet_node_gpus(node, &ready));
		table_addf(&table, "%zu", ready);
		table_add(&table, COLOUR_NONE, node->reason);
	}
	return print_table(&table, all ? "Nodes" : "Nodes that are not ready", to);
}

static int print_models(const struct fleet_summary *summary, FILE *to)
{
	struct table table;

	table_init(&table, model_columns, &plain);
	for (size_t i = 0; i < summary->n_models; i++) {
		const struct fleet_model *model = &summary->model[i];

		table_addf(&table, "%04x:%04x", model->gpu->id.vendor, model->gpu->id.device);
		table_add(&table, COLOUR_NONE, model->gpu->alias);
		table_addf(&table, "%zu", model->nodes);
		table_addf(&table, "%zu", model->gpus);
		table_addf(&table, "%zu", model->ready);
		table_add_known(&table, model->in_use);
		table_add_known(&table, model->quarantined);
		table_add(&table, COLOUR_NONE, model->gpu->name);
	}
	return print_table(&table, "GPUs", to);
}

static void add_names(struct table *table, const struct fleet *fleet,
		      const struct fleet_failure *failure, size_t n, size_t most)
{
	struct text_buffer names _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *text = NULL;

	for (size_t i = 0; i < n && i < most; i++)
		text_addf(&names, "%s%s", i ? ", " : "", fleet->node[failure[i].node].name);
	if (n > most)
		text_addf(&names, " and %zu more", n - most);
	text = text_take_or_null(&names);
	table->failed |= !text;
	table_add(table, COLOUR_NONE, text);
}

static int print_checks(const struct fleet *fleet, const struct fleet_summary *summary, bool all,
			FILE *to)
{
	struct table table;

	table_init(&table, check_columns, &plain);
	for (size_t i = 0; i < summary->n_checks; i++) {
		const struct fleet_check *check = &summary->check[i];

		table_add(&table, COLOUR_NONE, summary->failure[check->first].id);
		table_addf(&table, "%zu", check->n);
		add_names(&table, fleet, &summary->failure[check->first], check->n,
			  all ? check->n : NAMES_MAX);
	}
	return print_table(&table, "Checks that fail", to);
}

static int print_differences(const struct fleet *fleet, const struct fleet_summary *summary,
			     FILE *to)
{
	struct table table;

	table_init(&table, difference_columns, &plain);
	table.keys = 2; /* node and what */
	for (size_t i = 0; i < summary->n_differences; i++) {
		const struct fleet_difference *d = &summary->difference[i];

		table_add(&table, COLOUR_NONE, fleet->node[d->node].name);
		table_add(&table, COLOUR_NONE, d->what);
		table_add(&table, COLOUR_NONE, d->reference);
		table_add(&table, COLOUR_NONE, d->here);
	}
	return print_table(&table, "Differences from the reference node", to);
}

int fleet_print_text(const struct fleet *fleet, const struct fleet_summary *summary, bool all,
		     FILE *to)
{
	int r;

	print_head(fleet, summary, to);
	r = print_nodes(fleet, all, to);
	if (r == 0)
		r = print_models(summary, to);
	if (r == 0)
		r = print_checks(fleet, summary, all, to);
	return r < 0 ? r : print_differences(fleet, summary, to);
}
