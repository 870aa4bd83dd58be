/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/report.h"

#include <string.h>

#include "ctl/change/edit.h"

struct report kargs_report_begin(const char *verb, const struct invocation *invocation)
{
	static const enum report_key keys[] = {REPORT_WARNINGS, REPORT_REFUSAL, REPORT_ERROR,
					       REPORT_NOT_TAKEN, REPORT_END};

	return report_begin(verb, keys, invocation);
}

/* Why the job ended; NULL if it did not. */
static const char *problem_of(const struct kargs_job *job)
{
	if (job->plan.refusal)
		return job->plan.refusal;
	return job->trouble ? job->trouble : job->run.error;
}

/* Nothing was changed, and that is no fault of ours. */
static enum problem kind_of(const struct kargs_job *job)
{
	bool nothing = job->trouble || job->run.nothing_changed;

	if (job->plan.refusal || (nothing && edit_is_refusal(job->result)))
		return PROBLEM_REFUSED;
	return PROBLEM_FAILED;
}

/* The files are back; whether what a program made of them is, too, was not to be seen. */
static bool may_be_armed(const struct kargs_job *job)
{
	bool arms = job->kind == KARGS_JOB_APPLY || job->kind == KARGS_JOB_TRIAL;

	return arms && job->run.error && job->run.began && !job->run.nothing_changed;
}

static int take_job(struct report *report, struct kargs_job *job)
{
	bool changed = report->changed || job->changed;
	int r = report_steps(report, &job->plan, &job->run);

	report->changed = changed; /* to put back what an interrupted run spoilt is no change */
	report->left |= job->plan.left.n > 0;
	report->as_before |= job->run.error && job->run.nothing_changed;
	if (!report->output)
		report->output = TAKE_PTR(job->run.output);
	if (r == 0)
		r = report_take(report, &job->plan.warnings);
	if (r == 0 && may_be_armed(job))
		r = text_list_add(
			&report->warnings,
			"the boot loader may have the new kernel arguments all the same: mend what failed, then run gpuclaimctl kargs apply again, or gpuclaimctl kargs revert");
	for (size_t i = 0; i < job->complaints.n && r == 0; i++)
		r = text_list_add(&report->not_taken, "%s", job->complaints.text[i]);
	if (!problem_of(job) || r < 0)
		return r;
	if (report->problem)
		return text_list_add(&report->warnings, "%s", problem_of(job));
	(void)report_problem(report, job->plan.refusal ? PROBLEM_REFUSED : PROBLEM_FAILED, "%s",
			     problem_of(job));
	return 0;
}

enum exit_code kargs_report_end(struct report *report, struct kargs_job *job, size_t n, int r)
{
	/* What is no refusal of a plan is an error to these verbs. */
	report->refused = false;
	for (size_t i = 0; i < n; i++) {
		int told = take_job(report, &job[i]);

		if (told < 0)
			r = report_errno(report, told, "the report can't be printed");
		else if (job[i].result < 0)
			report->kind = kind_of(&job[i]);
	}
	report->reboot = n > 0 && job[n - 1].reboot;
	if (report->reboot && !(report->dry_run && report->changed))
		report->next = "a reboot is due";
	return report_end(report, r);
}

/* The first of what speaks against it. */
static const char *trouble_of(const struct kargs_job *job)
{
	if (problem_of(job))
		return problem_of(job);
	if (job->complaints.n)
		return job->complaints.text[0];
	return strerror(ENOMEM);
}

int report_job(struct report *report, struct kargs_job *job)
{
	bool told = job->invocation->dry_run || report->dry_run;
	int r = told ? 0 : report_steps(report, &job->plan, &job->run);

	if (r < 0)
		return report_errno(report, r, "what was done can't be printed");
	if (!told)
		report->reboot = job->reboot;
	/* What was left as another hand made it is told by the plan's warnings. */
	if (job->result == 0 || (job->plan.left.n && !job->run.error && !job->trouble))
		return 0;
	report->output = TAKE_PTR(job->run.output);
	return report_problem(report, report->changed ? PROBLEM_FAILED : kind_of(job),
			      "the kernel arguments: %s", trouble_of(job));
}
