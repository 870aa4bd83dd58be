/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of setup: what was read, what was asked for, and what is to be told. */
#ifndef GPUCLAIM_CTL_SETUP_SETUP_H
#define GPUCLAIM_CTL_SETUP_SETUP_H

#include "ctl/change/report.h"
#include "ctl/choose/adopt.h"
#include "ctl/choose/selection.h"
#include "ctl/kargs/job.h"
#include "ctl/kargs/trial.h"
#include "ctl/nova/apply.h"
#include "ctl/setup/plan.h"

/**
 * struct setup - one run
 * @selection:	what SELECTION_FILE is to hold, and why
 * @adoption:	what becomes of old recipes
 * @images_due:	some are to be built anew
 * @kargs, @kargs_planned: how the kernel arguments are added; there are some to add
 * @planned:	every step, as it looks before the first one
 * @run:	the record of setup's own files
 */
struct setup {
	const struct invocation *invocation;
	const struct root *root;
	bool kernel_args, initramfs, nova, images_due, kargs_planned;
	enum kargs_job_kind kargs;
	enum setup_gate gate;
	struct node node;
	struct candidates candidates;
	struct selection selection;
	struct adoption adoption;
	struct setup_facts facts;
	struct change_plan planned;
	struct change_run run;
	struct report report;
};

/**
 * setup_choose() - fill @setup->selection
 *
 * The options name GPUs, or else the configuration's claim lines are the choice. Where there
 * are none the person at the terminal is offered all GPUs: @ret_ask.
 */
enum exit_code setup_choose(struct setup *setup, bool *ret_ask);

/** setup_plan_all() - fill @setup->planned; changes nothing */
enum exit_code setup_plan_all(struct setup *setup);

/** setup_carry_out() - stage by stage */
enum exit_code setup_carry_out(struct setup *setup);

/**
 * setup_find_images() - the images, and their states where these decide which are due
 * @undo, @changes: as in setup_image_is_due(). To open a big image takes half a second
 *
 * Return: 0, or a negative errno. Free with initramfs_free().
 */
int setup_find_images(const struct root *root, bool undo, bool changes,
		      struct initramfs *ret) _must_check_;

/**
 * setup_images() - build the images that are due anew, one by one, and tell so
 * @undo, @changes: as in setup_image_is_due()
 */
enum exit_code setup_images(const struct root *root, bool undo, bool changes,
			    struct report *report);

/**
 * setup_has_adopted() - did a run take old recipes out of files?
 *
 * They are in the images, too, which nothing in an image tells.
 */
bool setup_has_adopted(const struct undo *undo);

/** setup_plan_nova(), setup_run_nova() - the drop-in of Nova, where there is Nova or an alias */
enum exit_code setup_plan_nova(struct setup *setup, struct change_plan *plan);
enum exit_code setup_run_nova(struct setup *setup);

/** setup_undo_nova() - take it back; only plan and tell, if that is all. @plan: is added to */
enum exit_code setup_undo_nova(const struct root *root, bool dry_run, struct change_plan *plan,
			       struct report *report);

/** setup_undo_nova_known() - the same, and where its record can't be read, by its usual name */
enum exit_code setup_undo_nova_known(const struct root *root, bool dry_run,
				     struct change_plan *plan, struct report *report);

/**
 * setup_undo_services() - only what would hold up other services without the package, or tell
 * Nova of GPUs: gates, links to our units, Nova's drop-in
 *
 * Kernel arguments, images, configuration and records stay; that is told. Where a record can't be
 * read it goes by the names that our files have.
 */
enum exit_code setup_undo_services(const struct root *root, struct report *report);

/** setup_run_files() - steps of setup's own record: all of them or none */
enum exit_code setup_run_files(struct setup *setup, struct change_plan *plan);

/** setup_report_begin(), setup_report_end() - of what setup and undo tell; see struct report
 * @nothing:	what to say when nothing is to be done */
struct report setup_report_begin(const char *verb, const char *nothing,
				 const struct invocation *invocation);
enum exit_code setup_report_end(struct report *report, enum exit_code code);

/** setup_needs_reboot() - does the next boot do other than this one, by the configuration? */
int setup_needs_reboot(const struct root *root, bool changed, bool *ret) _must_check_;

#endif
