/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Many nodes, folded into one report. Pure. */
#ifndef GPUCLAIM_CTL_FLEET_FLEET_H
#define GPUCLAIM_CTL_FLEET_FLEET_H

#include "ctl/fleet/report.h"

/**
 * struct fleet - all that was read
 * @node:	sorted by name after fleet_fold(); owned
 * @problem:	what is not in it, and why: "FILE: line 3: it is cut off, or not JSON"
 * @compared:	the nodes are to be compared with one of them
 */
struct fleet {
	struct fleet_node *node;
	size_t n, room;
	struct text_list problem;
	bool compared;
};

/** fleet_add() - add a node, which is taken over. Return: 0, or -ENOMEM: it is still the caller's
 */
int fleet_add(struct fleet *fleet, struct fleet_node *node) _must_check_;

/**
 * struct fleet_model - the GPUs of one model that Nova knows by one alias
 * @gpu:	the first of them
 * @in_use, @quarantined: -1: no node tells
 */
struct fleet_model {
	const struct fleet_gpu *gpu;
	size_t nodes, gpus, ready;
	int in_use, quarantined;
};

/** struct fleet_failure - that a check fails on a node */
struct fleet_failure {
	const char *id;
	size_t node;
};

/** struct fleet_check - a check that fails: the @n failures from @first on */
struct fleet_check {
	size_t first, n;
};

/** struct fleet_difference - from the reference node; NULL: it has no such thing */
struct fleet_difference {
	size_t node;
	const char *what, *reference, *here;
};

/**
 * struct fleet_summary - what is to be told; all point into the fleet
 * @state:	nodes by state
 * @model:	sorted by IDs and alias; owned
 * @failure:	owned
 * @check:	those of most nodes first; owned
 * @reference:	the index of the node that the others are compared with; SIZE_MAX: there is none
 * @difference:	node by node; owned
 */
struct fleet_summary {
	size_t state[_NODE_STATES], gpus, ready_gpus, reference;
	struct fleet_model *model;
	struct fleet_failure *failure;
	struct fleet_check *check;
	struct fleet_difference *difference;
	size_t n_models, n_failures, n_checks, n_differences;
};

/**
 * fleet_fold() - sort the nodes, and add up
 * @reference:	the name of the node to compare with, or NULL
 *
 * Of a node that is told several times the latest counts, by its time, else by the order of
 * reading; that it was is a problem, and that there is no node to compare with.
 *
 * Return: 0 or -ENOMEM. Free @ret in any case.
 */
int fleet_fold(struct fleet *fleet, const char *reference, struct fleet_summary *ret) _must_check_;
void fleet_summary_free(struct fleet_summary *summary);
void fleet_free(struct fleet *fleet);

/** fleet_node_gpus() - how many GPUs are selected on a node; @ret_ready: and ready */
size_t fleet_node_gpus(const struct fleet_node *node, size_t *ret_ready);

#endif
