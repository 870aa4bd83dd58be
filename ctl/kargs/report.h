/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of jobs done on the kernel arguments. */
#ifndef GPUCLAIM_CTL_KARGS_REPORT_H
#define GPUCLAIM_CTL_KARGS_REPORT_H

#include "ctl/change/report.h"
#include "ctl/kargs/job.h"

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

/**
 * report_job() - what was done to the kernel arguments, or planned
 * @code:	of kargs_job_do()
 *
 * Return: @code, which is a failure where something else was changed before.
 */
enum exit_code report_job(struct report *report, struct kargs_job *job, enum exit_code code);

#endif
