/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb undo: setup's stages backwards. The kernel arguments go first: without gpuclaim=1
 * nothing of what is still there claims anything. */
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/initramfs/find.h"
#include "ctl/initramfs/images.h"
#include "ctl/kargs/report.h"
#include "ctl/setup/images.h"
#include "ctl/setup/nova.h"
#include "ctl/setup/services.h"
#include "ctl/setup/setup.h"
#include "ctl/setup/stages.h"
#include "ctl/verify/dropin_path.h"

/**
 * struct takeback - one run
 * @run:	setup's record
 * @kargs:	the kernel arguments, if setup added them, and a trial of them
 * @nova:	Nova's drop-in, if setup wrote it
 * @files:	setup's own files
 * @left:	something is left to a human hand, which has to be done before the record may go
 */
struct takeback {
	const struct invocation *invocation;
	const struct root *root;
	struct change_run run;
	struct change_plan kargs, nova, files;
	bool left;
	struct report report;
};

static int take_warnings(struct takeback *t, const struct change_plan *plan)
{
	int r = report_take(&t->report, &plan->warnings);

	return r < 0 ? report_errno(&t->report, r, "the run can't be planned") : 0;
}

/* Arguments that were there before setup came are not its to take. */
static int note_others(struct takeback *t)
{
	struct undo other _cleanup_(undo_free) = {0};
	int r = undo_read(t->root, KARGS_RECORD, &other);

	if (r == 0 && other.n)
		r = text_list_add(
			&t->report.warnings,
			"setup did not add the kernel arguments, so they stay: gpuclaimctl kargs revert takes them back");
	return r < 0 ? report_errno(&t->report, r, "/var/lib/gpuclaim/kargs.undo") : 0;
}

/* A trial goes first: it is what boots next. */
static const struct {
	const char *record;
	enum kargs_job_kind kind;
} jobs[] = {
	{TRIAL_RECORD, KARGS_JOB_TRIAL_REVERT},
	{KARGS_RECORD, KARGS_JOB_REVERT},
};

static int do_job(struct takeback *t, struct kargs_job *job)
{
	bool reboot = t->report.reboot;
	int result, r = 0;

	(void)kargs_job_do(job); /* report_job() tells */
	result = report_job(&t->report, job);
	t->report.reboot |= reboot || job->reboot;
	t->left |= job->plan.left.n > 0;
	if (job->invocation->dry_run)
		r = change_plan_append(&t->kargs, &job->plan);
	if (r == 0 && job->invocation->dry_run)
		r = report_take(&t->report, &job->plan.warnings);
	return r < 0 ? report_errno(&t->report, r, "the run can't be planned") : result;
}

/* The kernel arguments, as far as setup added them: planned, or taken back. */
static int do_kargs(struct takeback *t, bool dry_run)
{
	struct invocation invocation = *t->invocation;
	int r = 0;

	invocation.dry_run = dry_run;
	if (dry_run && !change_run_includes(&t->run, KARGS_RECORD))
		return note_others(t);
	for (size_t i = 0; i < ARRAY_SIZE(jobs) && r == 0; i++) {
		struct kargs_job job _cleanup_(kargs_job_free) = {.invocation = &invocation,
								  .kind = jobs[i].kind};

		if (change_run_includes(&t->run, jobs[i].record))
			r = do_job(t, &job);
	}
	return r;
}

static int plan_files(struct takeback *t)
{
	int r = setup_plan_undo(t->root, &t->run.undo, &t->files);

	return r < 0 ? report_errno(&t->report, r, "what setup wrote can't be read")
		     : take_warnings(t, &t->files);
}

static bool has_due(const struct initramfs *images, bool changes)
{
	for (size_t i = 0; i < images->n; i++)
		if (setup_image_is_due(images->kernel[i].state, true, changes))
			return true;
	return false;
}

/* Only told in a dry run; else they are looked at when their turn comes. */
static int plan_images(struct takeback *t, struct change_plan *plan)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	bool changes = change_plan_has_work(&t->files) || setup_has_adopted(&t->run.undo);
	int r = initramfs_read(t->root, NULL, &images);

	if (r == 0 && images.refusal && has_due(&images, changes))
		r = text_list_add(&t->report.warnings,
				  "%s; what the images hold claims nothing without gpuclaim=1",
				  images.refusal);
	else if (r == 0 && !images.refusal)
		r = setup_plan_images(&images, true, changes, plan);
	return r < 0 ? report_errno(&t->report, r, "the initramfs images can't be read") : 0;
}

static int run_files(struct takeback *t)
{
	int r = change_run_steps(&t->run, &t->files), told;

	told = report_steps(&t->report, &t->files, &t->run);
	if (r == 0 && told == 0)
		return 0;
	return report_problem(&t->report,
			      !t->report.changed && edit_is_refusal(r) ? PROBLEM_REFUSED
								       : PROBLEM_FAILED,
			      "%s", t->run.error ? t->run.error : strerror(ENOMEM));
}

static int build_images(struct takeback *t)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	int r = initramfs_look(t->root, NULL, &images);

	if (r < 0)
		return report_errno(&t->report, r, "the initramfs images can't be read");
	return setup_build_images(
		t->root,
		&(struct setup_images){&images, NULL, true, setup_has_adopted(&t->run.undo)},
		&t->report);
}

static int run_all(struct takeback *t, bool images_due)
{
	int r = do_kargs(t, false);

	if (r == 0 && change_run_includes(&t->run, NOVA_RECORD))
		r = setup_undo_nova(t->root, false, &t->nova, &t->report);
	if (r == 0)
		r = run_files(t);
	if (r == 0 && images_due)
		r = build_images(t);
	if (r == 0 && t->left)
		return report_problem(
			&t->report, PROBLEM_FAILED,
			"somebody else has changed a file, and it stays: take what is named above out of it by hand");
	/* Printed commands are still to be run: what they are for is known by the record. */
	if (r < 0 || (t->report.no_exec && t->report.changed &&
		      change_plan_has_commands(&t->report.actions)))
		return r;
	return change_run_forget(&t->run) < 0
		       ? report_problem(&t->report, PROBLEM_FAILED, "%s", t->run.error)
		       : 0;
}

static int find_reboot(const struct takeback *t, bool *ret)
{
	struct node node;
	int r = node_read(t->root, &node);

	if (r < 0)
		return r;
	r = node_read_boot(t->root, &node);
	*ret = node.facts.machine ? readiness_needs_reboot(&node.facts) : t->report.changed;
	node_free(&node);
	return r;
}

static int carry_out(struct takeback *t, const struct change_plan *images)
{
	bool config_reboot = false;
	const char *why = NULL;
	char *text;
	int r;

	if (!t->report.no_exec && (images->n || change_plan_has_commands(&t->kargs)))
		why = exec_check_root(t->root);
	if (why)
		return report_problem(&t->report, PROBLEM_REFUSED, "%s", why);
	t->report.reboot = false; /* was a guess */
	r = run_all(t, images->n > 0);
	if (r < 0 && t->report.changed && t->report.problem &&
	    asprintf(&text, "%s; \"gpuclaimctl undo\" goes on from here", t->report.problem) >= 0) {
		free(t->report.problem);
		t->report.problem = text;
	}
	if (r < 0)
		return r;
	r = find_reboot(t, &config_reboot);
	t->report.reboot |= config_reboot;
	return r < 0 ? report_errno(&t->report, r, "the node can't be read") : 0;
}

static int undo(struct takeback *t)
{
	struct change_plan images _cleanup_(change_plan_free) = {0};
	int r = undo_read(t->root, SETUP_RECORD, &t->run.undo);

	if (r < 0)
		return report_errno(&t->report, r, "/var/lib/gpuclaim/" SETUP_RECORD ".undo");
	if (t->run.undo.n == 0)
		return note_others(t);
	r = do_kargs(t, true);
	if (r == 0 && change_run_includes(&t->run, NOVA_RECORD))
		r = setup_undo_nova(t->root, true, &t->nova, &t->report);
	if (r == 0)
		r = plan_files(t);
	if (r == 0)
		r = plan_images(t, &images);
	if (r < 0)
		return r;
	if (!t->report.dry_run)
		return carry_out(t, &images);
	r = change_plan_append(&t->report.actions, &t->kargs);
	if (r == 0)
		r = change_plan_append(&t->report.actions, &t->nova);
	if (r == 0)
		r = change_plan_append(&t->report.actions, &t->files);
	if (r == 0)
		r = change_plan_append(&t->report.actions, &images);
	t->report.changed = change_plan_has_work(&t->report.actions);
	t->report.reboot |= t->report.changed;
	return r < 0 ? report_errno(&t->report, r, "the plan can't be printed") : 0;
}

static enum exit_code run(const struct invocation *invocation)
{
	bool services = invocation->value[OPTION_SERVICES];
	struct takeback t = {
		.invocation = invocation,
		.root = invocation->root,
		.run = {.root = invocation->root,
			.record = SETUP_RECORD,
			.no_exec = invocation->no_exec},
		.report = setup_report_begin(
			"undo", services ? "no service needs gpuclaim" : "nothing to undo",
			invocation),
	};
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;
	int r = report_lock(&t.report, invocation->root, &lock);

	if (r == 0 && services)
		r = setup_undo_services(t.root, &t.report);
	else if (r == 0)
		r = undo(&t);
	code = setup_report_end(&t.report, r);
	change_run_free(&t.run);
	change_plan_free(&t.kargs);
	change_plan_free(&t.nova);
	change_plan_free(&t.files);
	report_free(&t.report);
	return code;
}

static const struct accepted options[] = {
	{.option = OPTION_SERVICES},
	{.option = OPTION_ROOT,
	 .help = "take every path below DIR, and run DIR's own programs in a chroot"},
	{.option = OPTION_DRY_RUN},
	{.option = OPTION_NO_EXEC},
	{.option = OPTION_JSON},
	{.option = OPTION_QUIET},
};

const struct verb verb_undo = {
	.name = "undo",
	.summary = "take back what setup did, all of it and nothing else",
	.about =
		"Take back what \"gpuclaimctl setup\" did on this node: the kernel arguments first, then the\n"
		"Nova drop-in, the unit and the configuration; at last each initramfs that holds\n"
		"the configuration is built anew. Files get the bytes that they had. What others have\n"
		"changed since is kept, and named. If it is cut off, run it again.",
	.exits =
		"0 done, or nothing to undo; 1 failed; 2 wrong usage; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
