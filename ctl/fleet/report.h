/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one node says of itself: its `gpuclaimctl status --json`. Pure. */
#ifndef GPUCLAIM_CTL_FLEET_REPORT_H
#define GPUCLAIM_CTL_FLEET_REPORT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "helper/base/pci.h"
#include "helper/base/text.h"

enum node_state {
	NODE_READY,
	NODE_NOT_READY,
	NODE_REBOOT, /* not ready, and the next boot decides otherwise than this one did */
	NODE_NOT_SET_UP,
	_NODE_STATES,
};

/** node_state_word() - "ready", "not-ready", "reboot", "not-set-up": stable */
const char *node_state_word(enum node_state state);

/**
 * struct fleet_gpu - a GPU that its node's configuration selects
 * @name:	of pci.ids; NULL: not known
 * @alias:	Nova's, with commas where there are several; NULL: none
 * @in_use, @quarantined: 1, 0, or -1 where the node does not tell
 */
struct fleet_gpu {
	struct pci_id id;
	char *name, *alias;
	bool ready;
	int in_use, quarantined;
};

/**
 * struct fleet_node - one node; all texts are owned, and printable UTF-8
 * @name:	NULL where the node does not tell
 * @time:	when it was asked; NULL: it does not tell
 * @reason:	what the first failing check says; NULL where none fails
 * @failed:	the ids of the failing checks
 * @fact:	what nodes are compared by, sorted; empty unless asked for. Behind each one's NUL is
 *		its value: fact_value()
 * @source:	the file that it comes from; the reader's
 */
struct fleet_node {
	char *name, *time, *reason, *source;
	enum node_state state;
	struct fleet_gpu *gpu;
	size_t n_gpus;
	struct text_list failed, fact;
};

static inline const char *fact_value(const char *fact)
{
	return fact + strlen(fact) + 1;
}

/**
 * report_read() - take what a node says
 * @compared:	@ret->fact is wanted
 *
 * A node that says it is ready, and has a check that fails, is not ready.
 *
 * Return: 0, -EBADMSG (it is no status of a node, or of a version that is not known) or -ENOMEM,
 * with nothing to be freed.
 */
int report_read(struct json_object *report, bool compared, struct fleet_node *ret) _must_check_;
void fleet_node_free(struct fleet_node *node);

/** report_tidy() - a copy of at most @max bytes, as one line of valid UTF-8; NULL: no memory */
char *report_tidy(const char *text, size_t max) _must_check_;

#endif
