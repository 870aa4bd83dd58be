/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One job done on the kernel arguments: planned, carried out, read back; and what is told of it. */
#ifndef GPUCLAIM_CTL_KARGS_JOB_H
#define GPUCLAIM_CTL_KARGS_JOB_H

#include "ctl/change/run.h"
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
 * @complaints:	read back: where it did not take
 * @trouble:	what went wrong besides @run.error, owned, or NULL
 * @changed:	something was changed, or would be
 * @reboot:	a reboot is due
 */
struct kargs_job {
	const struct invocation *invocation;
	enum kargs_job_kind kind;
	struct kargs_view view;
	struct kargs_plan plan;
	struct kargs_run run;
	struct text_list complaints;
	char *trouble;
	bool changed, reboot;
};

/**
 * kargs_job_do() - do it, or with --dry-run only plan it; prints nothing
 *
 * The caller holds the lock, see edit_lock(). Return: the exit code that it deserves.
 */
enum exit_code kargs_job_do(struct kargs_job *job) _must_check_;
void kargs_job_free(struct kargs_job *job);

#define _cleanup_kargs_job_ __attribute__((cleanup(kargs_job_free)))

/**
 * struct kargs_report - how to tell of jobs
 * @verb:	whose they are, "kargs"
 * @nothing:	the sentence for no change at all
 * @trial:	the JSON's "trial", or NULL: it has no such key
 * @error:	what went wrong apart from the jobs, or NULL
 */
struct kargs_report {
	const char *verb, *nothing, *trial, *error;
};

/**
 * kargs_report() - tell of @n jobs, done one after the other, as --json wants it
 *
 * Return: @code, or EXIT_CODE_FAILED where that can't be printed.
 */
enum exit_code kargs_report(const struct kargs_report *report, const struct invocation *invocation,
			    const struct kargs_job *job, size_t n,
			    enum exit_code code) _must_check_;

/** kargs_lock() - edit_lock(), unless nothing is to be changed. Return: as that, or -EBADF */
int kargs_lock(const struct invocation *invocation) _must_check_;

/** kargs_lock_failed() - the report and the exit code for that errno */
enum exit_code kargs_lock_failed(const struct kargs_report *report,
				 const struct invocation *invocation, int r) _must_check_;

#endif
