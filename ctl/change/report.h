/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a verb that changes a machine tells: as it goes, at its end, and as JSON. */
#ifndef GPUCLAIM_CTL_CHANGE_REPORT_H
#define GPUCLAIM_CTL_CHANGE_REPORT_H

#include <stdio.h>

#include "ctl/change/run.h"
#include "ctl/print/finding.h"
#include "ctl/verb.h"

/* enum report_key - what a verb's JSON has after its actions */
enum report_key {
	REPORT_END,
	REPORT_NOTES,
	REPORT_CHECKS,
	REPORT_WARNINGS,
	REPORT_REFUSAL,
	REPORT_ERROR,
	REPORT_NOT_TAKEN,
	REPORT_DEVICE_SPECS,
};

/* enum problem - what an end before the end is: main() is told by an exit code of each */
enum problem {
	PROBLEM_FAILED,
	PROBLEM_USAGE,
	PROBLEM_NOT_READY,
	PROBLEM_REFUSED,
	PROBLEM_LOCKED,
};

/**
 * struct report - one run's; begin with report_begin()
 * @keys:	those of its JSON, in their order, the last one REPORT_END
 * @quiet:	only problems are told
 * @changed, @reboot: something was changed (or would be); the next boot does other than this one
 * @nothing:	what to say when nothing is to be done, a constant, or NULL
 * @next:	what a person has to do when all is done, a constant, or NULL
 * @trial:	the JSON's "trial", or NULL: it has no such key
 * @actions:	what was done, or would be
 * @notes:	told first, on standard output
 * @warnings:	told at the end, or with report_warnings(), on standard error; @warned of them are
 * @not_taken:	read back: where it had no effect
 * @left:	a file is left to a human hand, which a warning tells
 * @checks:	what was looked at before
 * @problem:	why it ended; NULL if it did not
 * @kind:	of the problem: the exit code is made of it
 * @refused:	that is a refusal, no error
 * @as_before:	and all is as it was before it
 * @output:	what a program that failed said, or NULL
 */
struct report {
	const char *verb;
	const enum report_key *keys;
	bool json, quiet, dry_run, no_exec;
	bool changed, reboot, left;
	const char *nothing, *next, *trial;
	struct change_plan actions;
	struct text_list notes, warnings, not_taken;
	size_t warned, device_specs;
	struct findings checks;
	bool refused, as_before;
	enum problem kind;
	char *problem, *output;
};

/** report_begin() - an empty one, as the invocation's options want it */
struct report report_begin(const char *verb, const enum report_key *keys,
			   const struct invocation *invocation);

/** report_result() - a line of what was done, at once */
void report_result(const struct report *report, const char *result);

/** report_plan() - a line for each step, for a person who is asked; report_diff() - all of it */
int report_plan(const struct change_plan *plan, FILE *to) _must_check_;
int report_diff(const struct change_plan *plan, FILE *to) _must_check_;

/** report_steps() - a run has done these: kept, and its new lines are told */
int report_steps(struct report *report, const struct change_plan *plan,
		 const struct change_run *run) _must_check_;

/** report_problem() - the first one is kept, and its kind. Return: -ECANCELED */
int report_problem(struct report *report, enum problem kind, const char *format, ...)
	_printf_(3, 4);

/** report_errno() - the same, with what the errno means: a refusal where the machine refuses */
int report_errno(struct report *report, int r, const char *what);

/** report_lock() - take the lock of those who change a root, but for a dry run; tell if it fails */
int report_lock(struct report *report, const struct root *root, int *ret_fd);

/** report_wants_root() - is it refused only because another user than root asks for it? */
bool report_wants_root(int r);

/** report_lock_failed() - why a lock can't be taken: @who holds it, for -EBUSY. Return: -ECANCELED
 */
int report_lock_failed(struct report *report, int r, const char *who);

/** report_notes() - tell the notes now, before anything else is told */
void report_notes(const struct report *report, FILE *to);

/** report_warnings() - tell now those that were not told yet */
void report_warnings(struct report *report);

/** report_take() - a plan's warnings become the report's. Return: 0 or -ENOMEM */
int report_take(struct report *report, const struct text_list *warnings) _must_check_;

/** report_complain() - a line on standard error, in the verb's name */
void report_complain(const struct report *report, const char *what);

/** problem_exit_code() - what a verb says of it at the door */
enum exit_code problem_exit_code(enum problem problem);

/** report_exit_code() - of an end with @r: that of the problem's kind */
enum exit_code report_exit_code(const struct report *report, int r);

/**
 * report_end() - all that is left to tell, at the verb's door
 * @r:	0, or what became of it as -errno
 *
 * Return: the exit code of the problem's kind, or 1 if it can't be told.
 */
enum exit_code report_end(struct report *report, int r);

void report_free(struct report *report);

#endif
