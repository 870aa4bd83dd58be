/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/fleet/fleet.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int fleet_add(struct fleet *fleet, struct fleet_node *node)
{
	if (fleet->n == fleet->room) {
		size_t room = fleet->room ? 2 * fleet->room : 16;
		struct fleet_node *more = reallocarray(fleet->node, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		fleet->node = more;
		fleet->room = room;
	}
	fleet->node[fleet->n++] = *node;
	*node = (struct fleet_node){0};
	return 0;
}

/* With the place where each was read, so that equal names stay in that order. */
struct placed {
	struct fleet_node node;
	size_t place;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = strcmp(x->node.name, y->node.name);

	/* Without a time it is none of the latest. */
	if (order == 0)
		order = strcmp(x->node.time ? x->node.time : "", y->node.time ? y->node.time : "");
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int sort_nodes(struct fleet *fleet)
{
	struct placed *placed = calloc(fleet->n + 1, sizeof(*placed));

	if (!placed)
		return -ENOMEM;
	for (size_t i = 0; i < fleet->n; i++)
		placed[i] = (struct placed){fleet->node[i], i};
	qsort(placed, fleet->n, sizeof(*placed), compare_placed);
	for (size_t i = 0; i < fleet->n; i++)
		fleet->node[i] = placed[i].node;
	free(placed);
	return 0;
}

/* Of each name the last stays. */
static int drop_repeated(struct fleet *fleet)
{
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < fleet->n; i++) {
		struct fleet_node *node = &fleet->node[i];
		bool last = i + 1 == fleet->n || strcmp(node->name, node[1].name) != 0;

		if (!last && r == 0)
			r = text_list_add(&fleet->problem,
					  "%s: left out: %s has a later report of node %s",
					  node->source, node[1].source, node->name);
		if (last)
			fleet->node[kept++] = *node;
		else
			fleet_node_free(node);
	}
	fleet->n = kept;
	return r;
}

size_t fleet_node_gpus(const struct fleet_node *node, size_t *ret_ready)
{
	*ret_ready = 0;
	for (size_t i = 0; i < node->n_gpus; i++)
		*ret_ready += node->gpu[i].ready;
	return node->n_gpus;
}

static void count_nodes(const struct fleet *fleet, struct fleet_summary *summary)
{
	size_t ready;

	for (size_t i = 0; i < fleet->n; i++) {
		summary->state[fleet->node[i].state]++;
		summary->gpus += fleet_node_gpus(&fleet->node[i], &ready);
		summary->ready_gpus += ready;
	}
}

struct placed_gpu {
	const struct fleet_gpu *gpu;
	size_t node;
};

static int compare_models(const struct fleet_gpu *a, const struct fleet_gpu *b)
{
	uint32_t x = (uint32_t)a->id.vendor << 16 | a->id.device;
	uint32_t y = (uint32_t)b->id.vendor << 16 | b->id.device;

	if (x != y)
		return x < y ? -1 : 1;
	return strcmp(a->alias ? a->alias : "", b->alias ? b->alias : "");
}

static int compare_gpus(const void *a, const void *b)
{
	const struct placed_gpu *x = a, *y = b;
	int order = compare_models(x->gpu, y->gpu);

	return order ? order : (x->node > y->node) - (x->node < y->node);
}

/* What one node tells is known of it at least. */
static void add_known(int *sum, int known)
{
	if (known >= 0)
		*sum = (*sum > 0 ? *sum : 0) + known;
}

static void add_up(const struct placed_gpu *placed, size_t n, struct fleet_summary *summary)
{
	struct fleet_model *model = summary->model;

	for (size_t i = 0; i < n; i++) {
		const struct fleet_gpu *gpu = placed[i].gpu;
		bool same = i > 0 && compare_models(gpu, placed[i - 1].gpu) == 0;

		if (!same) {
			model = &summary->model[summary->n_models++];
			*model = (struct fleet_model){.gpu = gpu, .in_use = -1, .quarantined = -1};
		}
		model->nodes += !same || placed[i].node != placed[i - 1].node;
		model->gpus++;
		model->ready += gpu->ready;
		add_known(&model->in_use, gpu->in_use);
		add_known(&model->quarantined, gpu->quarantined);
	}
}

static int count_models(const struct fleet *fleet, struct fleet_summary *summary)
{
	struct placed_gpu *placed = calloc(summary->gpus + 1, sizeof(*placed));
	size_t n = 0;

	summary->model = calloc(summary->gpus + 1, sizeof(*summary->model));
	if (!placed || !summary->model) {
		free(placed);
		return -ENOMEM;
	}
	for (size_t i = 0; i < fleet->n; i++)
		for (size_t k = 0; k < fleet->node[i].n_gpus; k++)
			placed[n++] = (struct placed_gpu){&fleet->node[i].gpu[k], i};
	qsort(placed, n, sizeof(*placed), compare_gpus);
	add_up(placed, n, summary);
	free(placed);
	return 0;
}

static int compare_failures(const void *a, const void *b)
{
	const struct fleet_failure *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : (x->node > y->node) - (x->node < y->node);
}

static int compare_checks(const void *a, const void *b)
{
	const struct fleet_check *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* A check that a node tells of twice fails there once. */
static void gather_checks(struct fleet_summary *summary)
{
	struct fleet_failure *failure = summary->failure;
	size_t kept = 0;

	for (size_t i = 0; i < summary->n_failures; i++) {
		bool same = kept > 0 && strcmp(failure[i].id, failure[kept - 1].id) == 0;

		if (same && failure[i].node == failure[kept - 1].node)
			continue;
		if (!same)
			summary->check[summary->n_checks++] = (struct fleet_check){kept, 0};
		summary->check[summary->n_checks - 1].n++;
		failure[kept++] = failure[i];
	}
	summary->n_failures = kept;
}

static int count_checks(const struct fleet *fleet, struct fleet_summary *summary)
{
	size_t n = 0;

	for (size_t i = 0; i < fleet->n; i++)
		n += fleet->node[i].failed.n;
	summary->failure = calloc(n + 1, sizeof(*summary->failure));
	summary->check = calloc(n + 1, sizeof(*summary->check));
	if (!summary->failure || !summary->check)
		return -ENOMEM;
	for (size_t i = 0; i < fleet->n; i++)
		for (size_t k = 0; k < fleet->node[i].failed.n; k++)
			summary->failure[summary->n_failures++] =
				(struct fleet_failure){fleet->node[i].failed.text[k], i};
	qsort(summary->failure, n, sizeof(*summary->failure), compare_failures);
	gather_checks(summary);
	qsort(summary->check, summary->n_checks, sizeof(*summary->check), compare_checks);
	return 0;
}

static const char *value_or_null(const char *fact)
{
	return fact ? fact_value(fact) : NULL;
}

static int add_difference(struct fleet_summary *summary, struct fleet_difference difference)
{
	size_t n = summary->n_differences;

	if ((n & (n + 1)) == 0) { /* there is room for a power of two less one */
		void *more = reallocarray(summary->difference, 2 * n + 1, sizeof(difference));

		if (!more)
			return -ENOMEM;
		summary->difference = more;
	}
	summary->difference[summary->n_differences++] = difference;
	return 0;
}

/* Both lists are sorted: one walk through them. */
static int compare_with(const struct fleet *fleet, size_t node, struct fleet_summary *summary)
{
	const struct text_list *here = &fleet->node[node].fact;
	const struct text_list *there = &fleet->node[summary->reference].fact;
	size_t i = 0, k = 0;
	int r = 0;

	while (r == 0 && (i < here->n || k < there->n)) {
		const char *a = i < here->n ? here->text[i] : NULL;
		const char *b = k < there->n ? there->text[k] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a, b);

		a = order <= 0 ? a : NULL;
		b = order >= 0 ? b : NULL;
		i += a != NULL;
		k += b != NULL;
		if (a && b && strcmp(fact_value(a), fact_value(b)) == 0)
			continue;
		r = add_difference(summary,
				   (struct fleet_difference){node, a ? a : b, value_or_null(b),
							     value_or_null(a)});
	}
	return r;
}

static int compare_all(struct fleet *fleet, const char *reference, struct fleet_summary *summary)
{
	int r = 0;

	summary->reference = SIZE_MAX;
	for (size_t i = 0; i < fleet->n && reference; i++)
		if (strcmp(fleet->node[i].name, reference) == 0)
			summary->reference = i;
	if (!reference)
		return 0;
	if (summary->reference == SIZE_MAX)
		return text_list_add(&fleet->problem,
				     "--reference %s: no node of this name was read", reference);
	for (size_t i = 0; i < fleet->n && r == 0; i++)
		r = compare_with(fleet, i, summary);
	return r;
}

int fleet_fold(struct fleet *fleet, const char *reference, struct fleet_summary *ret)
{
	int r;

	*ret = (struct fleet_summary){0};
	r = sort_nodes(fleet);
	if (r == 0)
		r = drop_repeated(fleet);
	if (r < 0)
		return r;
	count_nodes(fleet, ret);
	r = count_models(fleet, ret);
	if (r == 0)
		r = count_checks(fleet, ret);
	return r < 0 ? r : compare_all(fleet, reference, ret);
}

void fleet_summary_free(struct fleet_summary *summary)
{
	free(summary->model);
	free(summary->failure);
	free(summary->check);
	free(summary->difference);
	*summary = (struct fleet_summary){0};
}

void fleet_free(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->n; i++)
		fleet_node_free(&fleet->node[i]);
	free(fleet->node);
	text_list_free(&fleet->problem);
	*fleet = (struct fleet){0};
}
