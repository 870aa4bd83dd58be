/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trial is decided about: made permanent where it came up ready, cleared away where not. */
#include <stdio.h>
#include <string.h>

#include "ctl/kargs/report.h"
#include "ctl/kargs/view.h"
#include "ctl/status/status.h"

#define JOBS_MAX 2

/* One run of the verb. */
struct commit {
	const struct invocation *invocation;
	struct report report;
	struct kargs_job job[JOBS_MAX];
	size_t n_jobs;
};

static int do_job(struct commit *commit, enum kargs_job_kind kind)
{
	struct kargs_job *job = &commit->job[commit->n_jobs++];

	job->invocation = commit->invocation;
	job->kind = kind;
	return kargs_job_do(job);
}

/* This boot has the arguments: are they good? */
static int decide(struct commit *commit)
{
	struct status status = {.root = commit->invocation->root};
	const struct readiness *readiness = &status.readiness;
	int r = status_read(&status, commit->invocation->wait_s);

	if (r < 0)
		return report_problem(&commit->report, PROBLEM_FAILED,
				      "the node can't be looked at: %s", strerror(-r));
	if (!readiness->ready)
		r = report_problem(
			&commit->report, PROBLEM_NOT_READY,
			"not ready: %s; nothing is changed, and the next boot uses the old entry again",
			readiness->first->message);
	status_free(&status);
	if (r == 0)
		r = do_job(commit, KARGS_JOB_APPLY);
	/* Last: cut off before this, the next run finds the arguments there and goes on. */
	return r == 0 ? do_job(commit, KARGS_JOB_TRIAL_REVERT) : r;
}

static int act(struct commit *commit, enum trial_state state)
{
	switch (state) {
	case TRIAL_RUNNING:
		commit->report.nothing = "the trial is permanent";
		return decide(commit);
	case TRIAL_FAILED:
		commit->report.nothing = "the trial failed";
		return do_job(commit, KARGS_JOB_TRIAL_REVERT);
	case TRIAL_PENDING:
		commit->report.nothing = "nothing to do: the trial has not been booted yet";
		break;
	case TRIAL_SETTLED:
		commit->report.nothing = "nothing to do: this trial was decided on before";
		break;
	default:
		commit->report.nothing = "no trial";
	}
	return 0;
}

/* The sentence that says what became of the trial, before what was done for it. */
static void tell(const struct commit *commit, enum trial_state state, int r)
{
	if (commit->invocation->json || commit->invocation->dry_run || r < 0)
		return;
	if (state == TRIAL_RUNNING)
		puts("the trial came up ready: its kernel arguments are permanent now");
	else if (state == TRIAL_FAILED)
		puts("the trial failed: it did not come up, or was not booted; its entry is taken away");
}

static enum exit_code run_locked(struct commit *commit)
{
	struct kargs_view view _cleanup_(kargs_view_free) = {0};
	int r = kargs_view_read(commit->invocation->root, NULL, &view);

	commit->report.trial = r == 0 ? trial_name(view.trial) : NULL;
	if (r == 0)
		r = act(commit, view.trial);
	else
		r = report_problem(&commit->report, PROBLEM_FAILED,
				   "the kernel arguments can't be read: %s", strerror(-r));
	tell(commit, view.trial, r);
	return kargs_report_end(&commit->report, commit->job, commit->n_jobs, r);
}

static enum exit_code run(const struct invocation *invocation)
{
	struct commit commit = {.invocation = invocation,
				.report = kargs_report_begin("commit", invocation)};
	_cleanup_close_ int lock = -EBADF;
	int r = report_lock(&commit.report, invocation->root, &lock);
	enum exit_code code =
		r == 0 ? run_locked(&commit) : kargs_report_end(&commit.report, NULL, 0, r);

	for (size_t i = 0; i < commit.n_jobs; i++)
		kargs_job_free(&commit.job[i]);
	report_free(&commit.report);
	return code;
}

static const struct accepted options[] = {
	{.option = OPTION_WAIT, .help = "wait until the node is ready, SECONDS at most"},
	{.option = OPTION_ROOT,
	 .help = "take every path below DIR, and run DIR's own programs in a chroot"},
	{.option = OPTION_DRY_RUN},
	{.option = OPTION_NO_EXEC},
	{.option = OPTION_JSON},
};

const struct verb verb_commit = {
	.name = "commit",
	.summary = "make a trial's kernel arguments permanent, if this node is ready",
	.about =
		"Decide about a trial, a boot that tries the kernel arguments once. If this boot is one\n"
		"and the node is ready, as status tells it, the arguments become permanent and the trial's\n"
		"entry goes. If the node is not ready nothing is changed, and the next boot uses the old\n"
		"entry again. After a trial that did not come up its entry is taken away. Called at each\n"
		"boot it does nothing where there is no trial.",
	.exits =
		"0 done, or there is no trial; 1 failed, or the change had no effect; 2 wrong usage; 3 the trial is not ready, nothing changed; 4 refused or not possible here; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
