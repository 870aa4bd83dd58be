/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A selection while it is made: what is chosen, left out and refused. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_DRAFT_H
#define GPUCLAIM_CTL_CHOOSE_DRAFT_H

#include "ctl/choose/candidates.h"
#include "ctl/choose/request.h"
#include "ctl/node/node.h"

#define NO_MACHINE "this tree has no sys, and so no devices to look at: name IDs with --ids"

/**
 * struct draft - a selection while it is made
 * @id:		the lines that claim by ID, owned
 * @by_address:	for each candidate: it gets a line of its own
 * @selected:	for each candidate: some line selects it
 * @by:		the option that names the addresses which are being taken
 */
struct draft {
	const struct node *node;
	const struct candidates *candidates;
	const struct selection_request *request;
	struct settings settings;
	struct rule *id;
	size_t n_ids;
	bool *by_address, *selected;
	const char *by;
	struct selection *out;
};

/* All of these return 0 or -ENOMEM. */

/** draft_refuse() - the first refusal is told; @usage as in struct selection */
int draft_refuse(struct draft *draft, bool usage, const char *format, ...) _must_check_
	_printf_(3, 4);

/** draft_select() - a line selects a candidate: a note says so; @by: which line */
int draft_select(struct draft *draft, const struct candidate *c, const char *by) _must_check_;

/** draft_leave_out() - a note says why it isn't selected */
int draft_leave_out(struct draft *draft, const struct candidate *c, const char *why) _must_check_;

/** draft_skip() - the operator's line that spares it: "/etc/gpuclaim/gpuclaim.conf:3"; or NULL */
#define SKIP_PLACE_MAX 256
const char *draft_skip(const struct draft *draft, const struct candidate *c,
		       char buf[static SKIP_PLACE_MAX]);

/** draft_console_reason() - why the claim itself would refuse it: it is the console; or NULL */
const char *draft_console_reason(const struct draft *draft, const struct candidate *c);

/** candidate_skip() - the line that spares it, or one of its companions; or NULL */
const struct rule *candidate_skip(const struct node *node, const struct candidate *c);

#endif
