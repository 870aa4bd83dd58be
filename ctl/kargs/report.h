/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of jobs done on the kernel arguments. */
#ifndef GPUCLAIM_CTL_KARGS_REPORT_H
#define GPUCLAIM_CTL_KARGS_REPORT_H

#include "ctl/change/report.h"
#include "ctl/kargs/job.h"

/** kargs_report_begin() - report_begin() for a verb that is about the kernel arguments alone */
struct report kargs_report_begin(const char *verb, const struct invocation *invocation);

/**
 * kargs_report_end() - tell of @n jobs, done one after the other
 *
 * Return: @code, or EXIT_CODE_FAILED where that can't be printed.
 */
enum exit_code kargs_report_end(struct report *report, struct kargs_job *job, size_t n,
				enum exit_code code) _must_check_;

/**
 * report_job() - what was done to the kernel arguments, or planned, as a part of more
 * @code:	of kargs_job_do()
 *
 * Return: @code, which is a failure where something else was changed before.
 */
enum exit_code report_job(struct report *report, struct kargs_job *job, enum exit_code code);

#endif
