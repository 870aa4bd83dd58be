/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of setup: what was read, what was asked for, and what is to be told. */
#ifndef GPUCLAIM_CTL_SETUP_SETUP_H
#define GPUCLAIM_CTL_SETUP_SETUP_H

#include "ctl/change/report.h"
#include "ctl/choose/adopt.h"
#include "ctl/choose/selection.h"
#include "ctl/kargs/job.h"
#include "ctl/nova/apply.h"
#include "ctl/setup/plan.h"

/**
 * struct setup - one run
 * @selection:	what SELECTION_FILE is to hold, and why
 * @adoption:	what becomes of old recipes
 * @picked:	the addresses that a person chose by numbers, owned; or NULL
 * @images_due:	some are to be built anew
 * @kargs, @kargs_planned: how the kernel arguments are added; there are some to add
 * @kargs_rewritten: a program writes the next boot's anew, as new kernels get them
 * @kargs_changed: they were, or a program that was ended may have added them
 * @policy, @boot: read back after what they are made of was changed: @has_policy, @has_boot
 * @planned:	every step, as it looks before the first one
 * @run:	the record of setup's own files
 */
struct setup {
	const struct invocation *invocation;
	const struct root *root;
	bool kernel_args, initramfs, nova, images_due, kargs_planned, kargs_changed, has_policy,
		has_boot, kargs_rewritten;
	struct policy policy;
	struct kargs_view boot;
	enum kargs_job_kind kargs;
	enum setup_gate gate;
	bool sync;
	struct node node;
	struct candidates candidates;
	struct selection selection;
	struct adoption adoption;
	struct setup_facts facts;
	char *picked;
	struct change_plan planned;
	struct change_run run;
	struct report report;
};

/** setup_report_begin(), setup_report_end() - of what setup and undo tell; see struct report
 * @nothing:	what to say when nothing is to be done */
struct report setup_report_begin(const char *verb, const char *nothing,
				 const struct invocation *invocation);
enum exit_code setup_report_end(struct report *report, int r);

/**
 * setup_needs_reboot() - does the next boot do other than this one, by the configuration?
 *
 * Of a tree that is no machine: whether something was changed.
 */
int setup_needs_reboot(struct setup *setup, bool *ret) _must_check_;

/** setup_run_files() - steps of setup's own record: all of them or none */
int setup_run_files(struct setup *setup, struct change_plan *plan);

#endif
