/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of selection_make(): what its two files share. Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_DRAFT_H
#define GPUCLAIM_CTL_CHOOSE_DRAFT_H

#include "ctl/choose/selection.h"

#define NO_MACHINE "this tree has no sys, and so no devices to look at: name IDs with --ids"

/**
 * struct draft - a selection while it is made
 * @id:		the lines that claim by ID, owned
 * @by_address:	for each candidate: it gets a line of its own
 * @selected:	for each candidate: some line selects it
 * @by:		the option that names the addresses which are being taken
 */
struct draft {
	const struct gathered *gathered;
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

/** draft_take_ids(), draft_take_addresses() - the lists of --ids, of --addresses and --adopt;
 * draft_take_configured() - what the files name */
int draft_take_configured(struct draft *draft) _must_check_;
int draft_take_ids(struct draft *draft) _must_check_;
int draft_take_addresses(struct draft *draft) _must_check_;

#endif
