/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/report.h"

#include <string.h>

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
	for (size_t i = 0; i < job->complaints.n && r == 0; i++)
		r = text_list_add(&report->not_taken, "%s", job->complaints.text[i]);
	if (!problem_of(job) || r < 0)
		return r;
	if (report->problem)
		return text_list_add(&report->warnings, "%s", problem_of(job));
	(void)report_problem(report, job->plan.refusal ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED, "%s",
			     problem_of(job));
	return 0;
}

enum exit_code kargs_report_end(struct report *report, struct kargs_job *job, size_t n,
				enum exit_code code)
{
	/* What is no refusal of a plan is an error to these verbs. */
	report->refused = false;
	for (size_t i = 0; i < n; i++) {
		int r = take_job(report, &job[i]);

		if (r < 0)
			code = report_errno(report, r, "the report can't be printed");
	}
	report->reboot = n > 0 && job[n - 1].reboot;
	if (report->reboot && !(report->dry_run && report->changed))
		report->next = "a reboot is due";
	return report_end(report, code);
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

enum exit_code report_job(struct report *report, struct kargs_job *job, enum exit_code code)
{
	bool told = job->invocation->dry_run || report->dry_run;
	int r = told ? 0 : report_steps(report, &job->plan, &job->run);

	if (r < 0)
		return report_errno(report, r, "what was done can't be told");
	if (!told)
		report->reboot = job->reboot;
	/* What was left as another hand made it is told by the plan's warnings. */
	if (code == EXIT_CODE_OK || (job->plan.left.n && !job->run.error && !job->trouble))
		return EXIT_CODE_OK;
	report->output = TAKE_PTR(job->run.output);
	if (code == EXIT_CODE_REFUSED && report->changed)
		code = EXIT_CODE_FAILED;
	return report_problem(report, code, "the kernel arguments: %s", trouble_of(job));
}
