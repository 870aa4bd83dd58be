/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the drop-in for nova-compute, refreshes it and takes it back. */
#ifndef GPUCLAIM_CTL_NOVA_APPLY_H
#define GPUCLAIM_CTL_NOVA_APPLY_H

#include "ctl/change/run.h"
#include "ctl/nova/dropin_change.h"
#include "ctl/nova/report_line.h"

/** nova_dropin_read() - path and text of the drop-in that is there. Return: 0, or a negative errno
 */
int nova_dropin_read(const struct root *root, struct nova_dropin_change *change) _must_check_;

/**
 * nova_apply_prepare() - how the drop-in is to be
 * @options:	see nova_options_read() for what to begin with; @release 0: the installed Nova's
 * @output:	another path for it, absolute; NULL: see nova_dropin_path()
 * @config_text: see node_read_as()
 *
 * At setup no GPU is ready: then it has aliases, and device_spec comes with the refresh at the
 * next boot. The tree of a system that is not running knows no GPU: then it has options only,
 * and all comes with the first refresh.
 *
 * Return: 0 (look at @refusal), or a negative errno; free with nova_dropin_change_free().
 */
int nova_apply_prepare(const struct root *root, const struct nova_options *options,
		       const char *output, const char *config_text,
		       struct nova_dropin_change *ret) _must_check_;

/**
 * nova_refresh_prepare() - the drop-in with the GPUs that are ready now
 *
 * For gpuclaim-ready.service. Only the lines that list devices change, and only in a drop-in
 * that nova_apply_prepare() made and nobody edited; else @after is as @before.
 */
int nova_refresh_prepare(const struct root *root, struct nova_dropin_change *ret) _must_check_;

/**
 * nova_revert_prepare() - take back what was applied
 * @placement:	what it said, if it was asked; see nova_report_fate() for whether
 *		report_in_placement stays, of which a note tells
 */
int nova_revert_prepare(const struct root *root, enum nova_answer placement,
			struct nova_dropin_change *ret) _must_check_;

/** nova_revert_known() - the same, where the record can't be read: of NOVA_DROPIN_PATH, if it is as
 * we wrote it; its own hash tells */
int nova_revert_known(const struct root *root, struct nova_dropin_change *ret) _must_check_;

/** nova_dropin_change_has_work() - is anything to be done? */
bool nova_dropin_change_has_work(const struct nova_dropin_change *change);

/** nova_dropin_change_plan() - the one step that it takes, if any. Return: 0 or -ENOMEM */
int nova_dropin_change_plan(const struct root *root, const struct nova_dropin_change *change,
			    struct change_plan *plan) _must_check_;

/**
 * nova_dropin_change_run() - carry that plan out, under the record "nova"; with edit_lock() held
 * @run:	the root is set, all else is zero
 *
 * Return: 0, or a negative errno: look at @run->nothing_changed.
 */
int nova_dropin_change_run(const struct nova_dropin_change *change, const struct change_plan *plan,
			   struct change_run *run) _must_check_;

#endif
