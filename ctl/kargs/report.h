/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of jobs done on the kernel arguments. */
#ifndef GPUCLAIM_CTL_KARGS_REPORT_H
#define GPUCLAIM_CTL_KARGS_REPORT_H

#include "ctl/change/report.h"
#include "ctl/kargs/job.h"

/** kargs_report_begin() - report_begin() for a verb that is about the kernel arguments alone */
struct report kargs_report_begin(const char *verb, const struct invocation *invocation);

/**
 * kargs_report_end() - tell of @n jobs, done one after the other
 * @r:	0, or what became of them as -errno
 *
 * Return: the exit code, at the verb's door.
 */
enum exit_code kargs_report_end(struct report *report, struct kargs_job *job, size_t n,
				int r) _must_check_;

/**
 * report_job() - what was done to the kernel arguments, or planned, as a part of more
 *
 * Return: 0, also where only something was left, or -errno.
 */
int report_job(struct report *report, struct kargs_job *job);

#endif
