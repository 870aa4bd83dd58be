/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/job.h"

#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/kargs/apply.h"
#include "ctl/kargs/next_boot.h"
#include "ctl/kargs/revert.h"
#include "ctl/kargs/try.h"
#include "ctl/kargs/view.h"
#include "ctl/loaders/loaders.h"
#include "helper/base/text.h"

void kargs_job_free(struct kargs_job *job)
{
	kargs_view_free(&job->own_view);
	kargs_view_free(&job->after);
	change_plan_free(&job->plan);
	change_run_free(&job->run);
	text_list_free(&job->complaints);
	free(job->trouble);
}

static bool is_revert(const struct kargs_job *job)
{
	return job->kind == KARGS_JOB_REVERT || job->kind == KARGS_JOB_TRIAL_REVERT;
}

static bool is_trial(const struct kargs_job *job)
{
	return job->kind == KARGS_JOB_TRIAL || job->kind == KARGS_JOB_TRIAL_REVERT;
}

static int cannot(struct kargs_job *job, const char *what, int r)
{
	(void)text_format(&job->trouble, "%s: %s", what, strerror(-r));
	return r;
}

static int plan(struct kargs_job *job)
{
	const struct root *root = job->invocation->root;

	switch (job->kind) {
	case KARGS_JOB_APPLY:
		return kargs_plan_apply(root, job->view, &job->plan);
	case KARGS_JOB_REVERT:
		return kargs_plan_revert(root, job->view, &job->run.undo, &job->plan);
	case KARGS_JOB_TRIAL:
		if (job->invocation->no_exec &&
		    !kargs_loader_of(&job->view->loader)->trial_asks_nothing)
			return change_plan_refuse(
				&job->plan,
				"a trial needs grub-probe, which tells whether GRUB can end it, and --no-exec runs nothing; use kargs apply");
		return kargs_plan_trial(root, job->view, &job->plan);
	case KARGS_JOB_TRIAL_REVERT:
		return kargs_plan_trial_revert(root, job->view, &job->run.undo, &job->plan);
	}
	return -EINVAL;
}

static bool looks_inside(const struct kargs_job *job, const struct kargs_view *view)
{
	return kargs_loader_of(&view->loader)->look_inside && !job->invocation->dry_run &&
	       !job->invocation->no_exec;
}

/* All that there is, also where nobody but the boot loader's program looks. */
static int look(const struct kargs_job *job, const struct kargs_view *known,
		struct kargs_view *view)
{
	const struct root *root = job->invocation->root;
	int r = kargs_view_read(root, known, view);

	if (r == 0 && looks_inside(job, view))
		r = kargs_loader_of(&view->loader)->look_inside(root, &view->loader, &view->lines);
	return r;
}

/* Before a change, what is to be changed is read again. */
static int read_view(struct kargs_job *job)
{
	const struct kargs_view *known = job->view == &job->own_view ? NULL : job->view;

	if (known && job->invocation->dry_run)
		return 0;
	job->view = &job->own_view;
	job->run.loader = &job->own_view.loader;
	return look(job, known, &job->own_view);
}

static int make_plan(struct kargs_job *job)
{
	const struct root *root = job->invocation->root;
	int r;

	if (!job->view)
		job->view = &job->own_view;
	job->run.root = root;
	job->run.record = is_trial(job) ? TRIAL_RECORD : KARGS_RECORD;
	job->run.loader = &job->view->loader;
	job->run.no_exec = job->invocation->no_exec;
	r = undo_read(root, job->run.record, &job->run.undo);
	if (r == 0 && !is_revert(job) && !job->invocation->dry_run)
		r = change_run_resume(&job->run);
	if (r == 0)
		r = read_view(job);
	if (r == 0)
		r = plan(job);
	if (r == 0 && !is_revert(job))
		r = change_plan_check_masks(root, &job->plan);
	return r < 0 || is_revert(job) ? r : change_plan_folders(root, &job->plan);
}

/* The kernel that runs and the one that will: do they have the same of our arguments? */
static int find_reboot(const struct kargs_view *view, bool changed, bool *ret)
{
	const struct boot_line *running, *next;

	*ret = changed || view->trial == TRIAL_PENDING;
	if (!next_boot_lines(view, &running, &next) || view->trial == TRIAL_PENDING)
		return 0;
	*ret = false;
	for (size_t i = 0; i < view->n_wanted; i++) {
		int now = kargs_state(running->cmdline, &view->wanted[i], NULL);
		int then = kargs_state(next->cmdline, &view->wanted[i], NULL);

		if (now < 0 || then < 0)
			return -ENOMEM;
		*ret |= now != then;
	}
	return 0;
}

/* What can't be read back: no more than a warning, unless all was looked at that could be. */
static int complain_unread(struct kargs_job *job, const struct kargs_view *view,
			   const struct boot_line *line)
{
	bool looked = looks_inside(job, view), missed = looked && !line->unseen;
	_cleanup_free_ char *title = NULL;

	if ((line->kind != BOOT_NEXT && line->kind != BOOT_KERNEL) ||
	    (!looked && job->kind != KARGS_JOB_APPLY))
		return 0;
	title = kargs_line_title(line);
	return title ? text_list_add(missed ? &job->complaints : &job->plan.warnings,
				     "%s, from %s: %s", title, line->source, line->why)
		     : -ENOMEM;
}

static int complain_line(struct kargs_job *job, const struct kargs_view *view,
			 const struct boot_line *line)
{
	struct text_list lacks _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *title = NULL;
	int r;

	title = kargs_line_title(line);
	if (line->kind == BOOT_RUNNING || !kargs_line_is_judged(line))
		return 0;
	r = kargs_line_lacks(view, line, &lacks, &lacks);
	if (r == 0 && lacks.n && title)
		r = text_list_add(&job->complaints,
				  "%s, from %s: after the change it still lacks %s", title,
				  line->source, lacks.text[0]);
	return r;
}

/* What was taken back is still there. */
static int complain_armed(struct kargs_job *job)
{
	struct text_list sources _cleanup_(text_list_free) = {0};
	int r = kargs_find_armed(&job->after, &job->run.undo, &sources);

	for (size_t i = 0; i < sources.n && r == 0; i++)
		r = text_list_add(
			&job->complaints,
			"%s still has gpuclaim=1: find out why it was not changed, then run this again",
			sources.text[i]);
	return r;
}

/* Not assumed: what the boot loader's files say now. */
static int read_back(struct kargs_job *job)
{
	struct kargs_view *view = &job->after;
	int r = look(job, job->view, view);

	job->has_after = r == 0;
	if (r == 0)
		r = find_reboot(view, job->changed, &job->reboot);
	if (r < 0 || job->invocation->no_exec)
		return r;
	if (is_trial(job) && (view->trial == TRIAL_PENDING) != (job->kind == KARGS_JOB_TRIAL))
		r = text_list_add(
			&job->complaints,
			"the change had no effect: the trial's entry is %sthe next one to boot",
			view->trial == TRIAL_PENDING ? "still " : "not ");
	for (size_t i = 0; i < view->lines.n && !is_trial(job) && r == 0; i++) {
		if (!view->lines.line[i].cmdline)
			r = complain_unread(job, view, &view->lines.line[i]);
		else if (job->kind == KARGS_JOB_APPLY)
			r = complain_line(job, view, &view->lines.line[i]);
	}
	if (r == 0 && job->kind == KARGS_JOB_REVERT && view->trial != TRIAL_PENDING &&
	    !job->plan.left.n)
		r = complain_armed(job);
	return r;
}

/* See struct change_run. */
static int verify(void *context)
{
	struct kargs_job *job = context;
	int r = read_back(job);

	return r == 0 && job->complaints.n ? -EIO : r;
}

/* Several EFI partitions have entries of the same kernels. */
static bool is_same_place(const char *a, const char *b)
{
	size_t n = (size_t)(text_base_name(a) - a);

	return n == (size_t)(text_base_name(b) - b) && strncmp(a, b, n) == 0;
}

static const struct boot_line *find_same(const struct kargs_view *view,
					 const struct boot_line *line)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *one = &view->lines.line[i];

		if (one->kind == line->kind && one->recovery == line->recovery &&
		    strcmp(one->name ? one->name : "", line->name ? line->name : "") == 0 &&
		    is_same_place(one->source ? one->source : "", line->source ? line->source : ""))
			return one;
	}
	return NULL;
}

static bool has_more(const struct kargs_view *view, const struct boot_line *line,
		     const struct boot_line *before)
{
	bool more = false;

	for (size_t i = 0; i < view->n_wanted; i++) {
		int now = kargs_state(line->cmdline, &view->wanted[i], NULL);
		int then = before && before->cmdline
				   ? kargs_state(before->cmdline, &view->wanted[i], NULL)
				   : KARGS_MISSING;

		more |= now < 0 || (now == KARGS_PRESENT && then != KARGS_PRESENT);
	}
	return more;
}

/* Is something armed that was not? @doubt: what can't be read back may be. */
static bool is_armed_since(const struct kargs_view *before, const struct kargs_view *now,
			   bool doubt)
{
	const char *then_once = before->loader.once ? before->loader.once : "";
	bool armed = now->loader.once && strcmp(now->loader.once, then_once) != 0;

	armed |= doubt && !content_equal(before->lines.config, now->lines.config);
	for (size_t i = 0; i < now->lines.n && !armed; i++) {
		const struct boot_line *line = &now->lines.line[i];

		if (line->kind == BOOT_RUNNING)
			continue;
		armed = line->cmdline ? has_more(before, line, find_same(before, line)) : doubt;
	}
	return armed;
}

/* Its program makes of the files, which are back, what it made of them before. */
static int run_loader(const struct kargs_job *job, const struct kargs_view *now)
{
	struct change_run run _cleanup_(change_run_free) = {.root = job->run.root, .insist = true};
	struct change_plan plan _cleanup_(change_plan_free) = {0},
				programs _cleanup_(change_plan_free) = {0};
	int r = kargs_loader_of(&now->loader)->revert(job->run.root, now, &job->run.undo, &plan);

	for (size_t i = 0; i < plan.n && r == 0; i++)
		if (plan.step[i].kind == CHANGE_COMMAND)
			r = change_plan_append(
				&programs, &(struct change_plan){.step = &plan.step[i], .n = 1});
	if (r == 0 && (plan.refusal || programs.n == 0))
		return -EIO;
	return r == 0 ? change_run_steps(&run, &programs) : r;
}

/* See struct change_run: a program was ended, or failed, and may have armed entries before. */
static int restore(void *context)
{
	const struct kargs_job *job = context;
	struct kargs_view now _cleanup_(kargs_view_free) = {0},
			      after _cleanup_(kargs_view_free) = {0};
	int r = look(job, job->view, &now);

	if (r < 0 || !is_armed_since(job->view, &now, true))
		return r;
	r = job->kind == KARGS_JOB_APPLY ? run_loader(job, &now) : -EIO;
	if (r == 0)
		r = look(job, job->view, &after);
	return r == 0 && is_armed_since(job->view, &after, false) ? -EIO : r;
}

static int carry_out(struct kargs_job *job)
{
	const struct invocation *invocation = job->invocation;
	bool work = job->changed;
	const char *why = NULL;
	int r;

	if (!invocation->no_exec && change_plan_has_commands(&job->plan))
		why = exec_check_root(invocation->root);
	if (why) {
		job->changed = false;
		job->run.nothing_changed = true;
		job->plan.refusal = strdup(why);
		return job->plan.refusal ? -ECANCELED : -ENOMEM;
	}
	job->run.restore = restore;
	job->run.verify = verify;
	job->run.context = job;
	r = is_revert(job) ? change_run_revert(&job->run, &job->plan)
			   : change_run_apply(&job->run, &job->plan);
	job->changed = work && (r == 0 || !job->run.nothing_changed);
	if (r == 0 && !job->has_after)
		r = read_back(job);
	if (r == 0)
		return job->complaints.n || job->plan.left.n ? -EIO : 0;
	return job->run.error || job->complaints.n
		       ? r
		       : cannot(job, "the kernel arguments can't be changed", r);
}

static int do_job(struct kargs_job *job)
{
	int r = make_plan(job);

	if (undo_why(r)) {
		(void)text_format(&job->trouble, "/var/lib/gpuclaim/%s.undo %s", job->run.record,
				  undo_why(r));
		return r;
	}
	if (r < 0)
		return cannot(job, "the kernel arguments can't be read", r);
	if (job->plan.refusal)
		return -ECANCELED;
	job->changed = change_plan_has_work(&job->plan);
	/* A record of what others have taken back goes, too. */
	if ((job->changed || (is_revert(job) && job->run.undo.n)) && !job->invocation->dry_run)
		return carry_out(job);
	if (job->run.undo.open && !is_revert(job) && !job->invocation->dry_run &&
	    change_run_close(&job->run, &job->plan) < 0)
		return -EIO;
	r = find_reboot(job->view, job->changed, &job->reboot);
	job->reboot |= job->changed; /* would be changed */
	return r < 0 ? cannot(job, "the kernel arguments can't be read", r) : 0;
}

int kargs_job_do(struct kargs_job *job)
{
	job->result = do_job(job);
	return job->result;
}
