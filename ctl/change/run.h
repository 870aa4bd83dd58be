/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries a plan out, keeping the record, and takes it back where it fails. */
#ifndef GPUCLAIM_CTL_CHANGE_RUN_H
#define GPUCLAIM_CTL_CHANGE_RUN_H

#include "ctl/change/exec.h"
#include "ctl/change/plan.h"

#define KARGS_RECORD "kargs"

/**
 * struct change_run - one run
 * @record:	the name of its record; NULL: KARGS_RECORD
 * @loader:	where the environment block is; NULL where no step is about it
 * @no_exec:	commands are told, not run
 * @keep_open:	there is more to do after this plan: the record does not tell that it ended
 * @watch:	who looks at the commands while they run, or NULL
 * @restore:	a program ran, and the files of the plan are back as they were: puts back what the
 *		program has made of them, and returns 0 where all of it is as before; NULL: that is
 *		not known
 * @verify:	the steps of a revert are done: 0 where they had their effect, else the record
 * stays; NULL: nobody looks
 * @insist:	begin also what comes after a signal: a change is taken back
 * @undo:	the record as it was read; brought up to date
 * @began:	a program was started
 * @done:	what was done, one text each: "edited /etc/default/grub"
 * @error:	what failed, owned; NULL if nothing did
 * @output:	what the program that failed said, owned; or NULL
 * @nothing_changed: after a failure: all is as it was before
 */
struct change_run {
	const struct root *root;
	const char *record;
	const struct loader *loader;
	bool no_exec, keep_open;
	const struct exec_watch *watch;
	int (*restore)(void *context);
	int (*verify)(void *context);
	void *context;
	bool insist, began;
	struct undo undo;
	struct text_list done;
	char *error, *output;
	bool nothing_changed;
};

/**
 * change_run_apply() - carry out what kargs_plan_apply() planned
 *
 * The record is written before the first change, and again after the last where it has more to
 * tell then. From now on Ctrl-C waits, as in exec_hold_interrupts(): what is under way is taken
 * back, and the record stays where a program may have left something.
 *
 * Return: 0, or a negative errno: look at @run->error; -EINTR: interrupted.
 */
int change_run_apply(struct change_run *run, const struct change_plan *plan) _must_check_;

/** change_run_revert() - carry out what kargs_plan_revert() planned; what it did not leave goes
 * from the record last, once @run->verify() has found that it had its effect */
int change_run_revert(struct change_run *run, const struct change_plan *plan) _must_check_;

/** change_run_steps() - only the steps of a plan, in parts of a revert; the record stays */
int change_run_steps(struct change_run *run, const struct change_plan *plan) _must_check_;

/** change_run_forget() - all is taken back: the record goes */
int change_run_forget(struct change_run *run) _must_check_;

/** change_run_include() - from now on the record called @name is part of this one: undo sees it */
int change_run_include(struct change_run *run, const char *name) _must_check_;

/** change_run_includes() - is it? */
bool change_run_includes(struct change_run *run, const char *name);

void change_run_free(struct change_run *run);

/**
 * change_run_resume() - what an interrupted run left: a file that a program spoilt is put back
 *
 * To be called before a plan is made. Return: 0 or a negative errno.
 */
int change_run_resume(struct change_run *run) _must_check_;

/** change_run_close() - an interrupted run turns out to have been complete: the record says so */
int change_run_close(struct change_run *run, const struct change_plan *plan) _must_check_;

/** change_step_verb() - "create", "edit" or "remove": what a step does to its file */
const char *change_step_verb(const struct change_step *step);

#endif
