/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One job done on the kernel arguments: planned, carried out, read back, and its report. */
#ifndef GPUCLAIM_CTL_KARGS_JOB_H
#define GPUCLAIM_CTL_KARGS_JOB_H

#include "ctl/change/run.h"
#include "ctl/kargs/view.h"
#include "ctl/verb.h"

enum kargs_job_kind {
	KARGS_JOB_APPLY,
	KARGS_JOB_REVERT,
	KARGS_JOB_TRIAL,
	KARGS_JOB_TRIAL_REVERT,
};

/**
 * struct kargs_job - one of them
 * @invocation, @kind:	set by the caller, all else is zero
 * @view:	set by a caller who read it before; else NULL. Who does not only plan reads it
 * again, see kargs_view_read()
 * @after:	read back, where something was changed: @has_after
 * @complaints:	of @after: where the change had no effect
 * @trouble:	what went wrong besides @run.error, owned, or NULL
 * @result:	of kargs_job_do()
 * @changed:	something was changed, or would be
 * @reboot:	a reboot is due
 */
struct kargs_job {
	const struct invocation *invocation;
	enum kargs_job_kind kind;
	const struct kargs_view *view;
	struct kargs_view own_view, after;
	struct change_plan plan;
	struct change_run run;
	struct text_list complaints;
	char *trouble;
	int result;
	bool has_after, changed, reboot;
};

/**
 * kargs_job_do() - do it, or with --dry-run only plan it; prints nothing
 *
 * The caller holds the lock, see edit_lock().
 *
 * Return: 0, or -errno, which stays in @job's result: -ECANCELED if the plan has a refusal, -EIO if
 * the change had no effect, or something is left for a person to do.
 */
int kargs_job_do(struct kargs_job *job);
void kargs_job_free(struct kargs_job *job);

#endif
