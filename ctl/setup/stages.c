/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/stages.h"

#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/initramfs/find.h"
#include "ctl/kargs/report.h"
#include "ctl/setup/images.h"
#include "ctl/setup/nova.h"
#include "ctl/setup/setup.h"
#include "helper/base/text.h"

#define LACKS_MAX 128

/* A plan's refusal ends the run; its warnings are told at the end. */
static int take_plan(struct setup *s, const struct change_plan *plan)
{
	int r = report_take(&s->report, &plan->warnings);

	if (r == 0)
		r = change_plan_append(&s->planned, plan);
	if (r < 0)
		return report_errno(&s->report, r, "the run can't be planned");
	if (plan->refusal)
		return report_problem(&s->report, PROBLEM_REFUSED, "%s", plan->refusal);
	return 0;
}

bool setup_has_adopted(const struct undo *undo)
{
	for (size_t i = 0; i < undo->n; i++)
		if (undo->file[i].editor == UNDO_ADOPTED)
			return true;
	return false;
}

/* What an interrupted run took out of files may still be inside. */
static bool is_due_anyway(const struct setup *s)
{
	return s->run.undo.open && setup_has_adopted(&s->run.undo);
}

static int plan_config(const struct setup *s, struct change_plan *plan)
{
	int r = change_plan_append(plan, &s->adoption.plan);

	return r < 0 ? r : setup_plan_config(&s->facts, s->selection.text, plan);
}

static int plan_units(const struct setup *s, struct change_plan *plan)
{
	int r = setup_plan_unit(&s->facts, s->gate, plan);

	return r == 0 && s->sync && !plan->refusal ? setup_plan_timer(&s->facts, plan) : r;
}

static int plan_files(struct setup *s)
{
	struct change_plan config _cleanup_(change_plan_free) = {0},
				  unit _cleanup_(change_plan_free) = {0};
	struct initramfs *images = &s->node.images;
	int r = plan_config(s, &config);
	bool changes = config.n > 0 || is_due_anyway(s);

	if (r == 0 && s->initramfs)
		r = setup_open_images(s->root,
				      &(struct setup_images){images, NULL, false, changes});
	if (r == 0 && s->initramfs && !images->refusal)
		r = setup_plan_images(images, false, changes, &config);
	if (r == 0)
		r = change_plan_check_masks(s->root, &config);
	if (r == 0)
		r = plan_units(s, &unit);
	if (r == 0 && !unit.refusal)
		r = change_plan_check_masks(s->root, &unit);
	if (r < 0)
		return report_errno(&s->report, r, "the run can't be planned");
	if (s->initramfs && images->refusal)
		return report_problem(&s->report, PROBLEM_REFUSED,
				      "%s; --no-initramfs leaves the images to you",
				      images->refusal);
	if (s->initramfs && images->n == 0)
		return report_problem(
			&s->report, PROBLEM_REFUSED,
			"no kernel is installed here, in /boot and /lib/modules: install one, or leave its initramfs out with --no-initramfs");
	s->images_due = change_plan_has_commands(&config);
	r = take_plan(s, &config);
	return r == 0 ? take_plan(s, &unit) : r;
}

/* Whoever adds the arguments in another way is told what the next boot still lacks. */
static int find_lacks(const struct kargs_view *view, struct text_list *ret)
{
	struct text_list against _cleanup_(text_list_free) = {0};
	const struct boot_line *line = NULL;
	int r = 0;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *one = &view->lines.line[i];

		if (kargs_line_is_judged(one) &&
		    (one->kind == BOOT_NEXT || (one->kind == BOOT_NEW && !line)))
			line = one;
	}
	if (line)
		r = kargs_line_lacks(view, line, ret, &against);
	for (size_t i = 0; i < view->n_wanted && r == 0 && !line; i++)
		r = text_list_add(ret, "%s=%s", view->wanted[i].name, view->wanted[i].value);
	return r;
}

static int warn_of_arguments(struct setup *s)
{
	struct text_list lacks _cleanup_(text_list_free) = {0};
	char list[LACKS_MAX] = "";
	int r = s->node.boot_error;

	if (r == 0)
		r = find_lacks(&s->node.boot, &lacks);
	for (size_t i = 0; i < lacks.n; i++)
		text_join(list, sizeof(list), " ", lacks.text[i]);
	if (r == 0 && lacks.n)
		r = text_list_add(
			&s->report.warnings,
			"--no-kernel-args: give the next boot %s in your own way; without gpuclaim=1 nothing is claimed",
			list);
	return r < 0 ? report_errno(&s->report, r, "the kernel arguments can't be read") : 0;
}

/* A trial copies what boots, and kernel-install writes one kernel's. */
static bool rewrites_next(const struct kargs_job *job)
{
	const struct boot_line *next = NULL;

	for (size_t i = 0; i < job->view->lines.n && !next; i++)
		if (job->view->lines.line[i].kind == BOOT_NEXT)
			next = &job->view->lines.line[i];
	for (size_t i = 0; i < job->plan.n && job->kind == KARGS_JOB_APPLY; i++) {
		char **argv = job->plan.step[i].argv;

		if (job->plan.step[i].kind == CHANGE_COMMAND &&
		    (!job->view->loader.kind->kernel_install || !next || !next->name ||
		     strcmp(next->name, argv[2]) == 0))
			return true;
	}
	return false;
}

/* Before the first change it is known whether the last one is possible. */
static int plan_kargs(struct setup *s)
{
	struct invocation invocation = *s->invocation;
	struct kargs_job job _cleanup_(kargs_job_free) = {
		.invocation = &invocation,
		.kind = s->kargs,
		.view = s->node.boot_error ? NULL : &s->node.boot,
	};
	int r;

	if (!s->kernel_args)
		return warn_of_arguments(s);
	invocation.dry_run = true;
	(void)kargs_job_do(&job); /* report_job() tells */
	if (job.plan.refusal && kargs_refusal(job.view))
		return report_problem(
			&s->report, PROBLEM_REFUSED,
			"the kernel arguments: %s; --no-kernel-args leaves them to you",
			job.plan.refusal);
	r = report_job(&s->report, &job);
	s->report.reboot |= job.reboot;
	s->kargs_planned = job.changed;
	s->kargs_rewritten = rewrites_next(&job);
	return r == 0 ? take_plan(s, &job.plan) : r;
}

int setup_plan_all(struct setup *s)
{
	struct change_plan nova _cleanup_(change_plan_free) = {0};
	int r = plan_files(s);

	if (r == 0)
		r = setup_plan_nova(s, &nova);
	if (r == 0)
		r = take_plan(s, &nova);
	return r == 0 ? plan_kargs(s) : r;
}

static int run_config(struct setup *s)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r = plan_config(s, &plan);

	return r < 0 ? report_errno(&s->report, r, "the configuration can't be written")
		     : setup_run_files(s, &plan);
}

/* Not by a comment: then each image is asked whether it is still current. */
static int has_new_meaning(struct setup *s, bool *ret)
{
	int r = policy_read(s->root, &s->policy);

	if (r < 0)
		return r;
	s->has_policy = true;
	*ret = strcmp(s->policy.hash, s->node.assessment.policy.hash) != 0;
	return 0;
}

static int run_initramfs(struct setup *s)
{
	const struct boot_known boot = {&s->node.boot.loader, &s->node.boot.lines};
	const struct boot_known *known = s->node.boot_error ? NULL : &boot;
	struct initramfs images _cleanup_(initramfs_free) = {0};
	bool changes = false;
	int r;

	if (!s->images_due)
		return 0;
	r = has_new_meaning(s, &changes);
	if (r < 0)
		return report_errno(&s->report, r, "the configuration can't be read");
	/* Somebody may have thought for long, and packages heed no lock of ours. */
	r = initramfs_look(s->root, known, &images);
	if (r < 0)
		return report_errno(&s->report, r, "the kernels can't be looked for");
	return setup_build_images(
		s->root, &(struct setup_images){&images, known, false, changes || is_due_anyway(s)},
		&s->report);
}

static int run_unit(struct setup *s)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r = plan_units(s, &plan);

	return r < 0 ? report_errno(&s->report, r, "the unit can't be enabled")
		     : setup_run_files(s, &plan);
}

static int run_kargs(struct setup *s)
{
	struct kargs_job job _cleanup_(kargs_job_free) = {
		.invocation = s->invocation,
		.kind = s->kargs,
		.view = s->node.boot_error ? NULL : &s->node.boot,
	};
	int r = 0;

	if (!s->kernel_args)
		return 0;
	/* What a trial leads to is setup's, too. */
	if (s->kargs_planned)
		r = change_run_include(&s->run, KARGS_RECORD);
	if (r == 0 && s->kargs_planned && s->kargs == KARGS_JOB_TRIAL)
		r = change_run_include(&s->run, TRIAL_RECORD);
	if (r < 0)
		return report_errno(&s->report, r, "the record of changes can't be written");
	(void)kargs_job_do(&job); /* report_job() tells */
	s->kargs_changed = job.changed;
	r = report_job(&s->report, &job);
	s->boot = job.after;
	s->has_boot = job.has_after;
	job.after = (struct kargs_view){0};
	return r;
}

/* What is the node's state, and what now? */
static void explain(struct setup *s)
{
	char *text;

	if (!s->report.changed && s->report.problem && exec_is_interrupted())
		s->report.as_before = true;
	if (!s->report.changed || !s->report.problem)
		return;
	if (asprintf(&text, "%s; %s: run gpuclaimctl setup to go on, or gpuclaimctl undo",
		     s->report.problem,
		     s->kargs_changed ? "the next boot may have the kernel arguments"
				      : "the node boots as before") < 0)
		return;
	free(s->report.problem);
	s->report.problem = text;
}

int setup_carry_out(struct setup *s)
{
	static int (*const stages[_STAGE_COUNT])(struct setup *) = {
		[STAGE_CONFIG] = run_config, [STAGE_INITRAMFS] = run_initramfs,
		[STAGE_UNIT] = run_unit,     [STAGE_NOVA] = setup_run_nova,
		[STAGE_KARGS] = run_kargs,
	};
	struct change_plan none = {0};
	int r = 0;

	s->run.keep_open = true;
	for (unsigned i = 0; i < _STAGE_COUNT && r == 0; i++) {
		bool stop = exec_is_interrupted();

		r = stop ? report_problem(&s->report, PROBLEM_FAILED, "interrupted") : stages[i](s);
		if (r < 0)
			explain(s);
	}
	if (r == 0 && s->run.undo.open && change_run_close(&s->run, &none) < 0)
		r = report_problem(&s->report, PROBLEM_FAILED, "%s", s->run.error);
	return r;
}
