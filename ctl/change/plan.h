/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done to a machine's kernel arguments, as data: printed, or carried out. */
#ifndef GPUCLAIM_CTL_CHANGE_PLAN_H
#define GPUCLAIM_CTL_CHANGE_PLAN_H

#include "ctl/change/undo.h"
#include "ctl/kargs/show.h"

enum kargs_step_kind {
	KARGS_FILE,    /* we write, or remove, a file */
	KARGS_COMMAND, /* a program of the machine runs */
	KARGS_WATCH,   /* no action: a program will change this file, or what it stands for */
};

/**
 * struct kargs_step - one of them; all owned
 * @path, @editor, @before, @changes: as in struct undo_file, @before being what is there now
 * @after:	what will be there; NULL: nothing
 * @argv:	of a command, ends with NULL
 * @guard:	a file that the command may spoil and that is then put back, or NULL
 */
struct kargs_step {
	enum kargs_step_kind kind;
	char *path, *before, *after;
	enum undo_editor editor;
	struct kargs_changes changes;
	char **argv;
	char *guard;
};

/**
 * struct kargs_plan - in this order
 * @refusal:	why there is none, owned; the arguments to add by hand are part of it
 * @warnings:	what it leaves to be done by hand
 * @left:	files, of the record, that a revert has to leave as they are: the record keeps them
 */
struct kargs_plan {
	struct kargs_step *step;
	size_t n;
	char *refusal;
	struct text_list warnings, left;
};

/**
 * kargs_plan_apply() - what it takes for every kernel to get the wanted arguments
 *
 * Reads only. Without steps there is nothing to do.
 *
 * Return: 0 (look at @ret->refusal), or a negative errno. Free with kargs_plan_free().
 */
int kargs_plan_apply(const struct root *root, const struct kargs_view *view,
		     struct kargs_plan *ret) _must_check_;

/**
 * kargs_plan_trial() - what it takes to boot the wanted arguments once
 *
 * The entry that boots by default is copied, with the arguments added, and the boot loader
 * is told to start the copy at the next boot only; the entry itself is not touched. Asks
 * grub-probe, where there is GRUB, whether it can let go of that. Refused wherever the
 * arguments could not be made permanent afterwards, or could not be tried once. Without steps
 * there is nothing to try: the arguments are there, or the trial is prepared.
 *
 * To be run under the record TRIAL_RECORD. Return: as kargs_plan_apply().
 */
int kargs_plan_trial(const struct root *root, const struct kargs_view *view,
		     struct kargs_plan *ret) _must_check_;

/**
 * kargs_plan_trial_revert() - what it takes to be rid of a trial: booted, failed or pending
 * @undo:	the record TRIAL_RECORD
 */
int kargs_plan_trial_revert(const struct root *root, const struct kargs_view *view,
			    const struct undo *undo, struct kargs_plan *ret) _must_check_;

/**
 * kargs_plan_revert() - what it takes to get back to what the record tells
 *
 * A file that is as we left it gets its old bytes; from another one our
 * arguments are taken, and those that can't be found are warned of. A file in
 * which it can't be told where they are stays, with a warning, in @ret->left.
 */
int kargs_plan_revert(const struct root *root, const struct kargs_view *view,
		      const struct undo *undo, struct kargs_plan *ret) _must_check_;

void kargs_plan_free(struct kargs_plan *plan);

#define _cleanup_kargs_plan_ __attribute__((cleanup(kargs_plan_free)))

/* For those who make plans. All take copies and return 0 or -ENOMEM. */
int kargs_plan_add(struct kargs_plan *plan, const struct kargs_step *step) _must_check_;
int kargs_plan_command(struct kargs_plan *plan, const char *guard,
		       const char *const argv[]) _must_check_;
/* A refusal ends with what to add by hand, unless @view is NULL. */
int kargs_plan_refuse(struct kargs_plan *plan, const struct kargs_view *view, const char *format,
		      ...) _must_check_ _printf_(3, 4);

/** kargs_plan_restore() - the step that takes our change out of one file of the record */
int kargs_plan_restore(const struct root *root, const struct kargs_view *view,
		       const struct undo *undo, const struct undo_file *file,
		       struct kargs_plan *plan) _must_check_;

/** kargs_plan_grub(), kargs_plan_entries(): the two families of boot loaders */
int kargs_plan_grub(const struct root *root, const struct kargs_view *view,
		    struct kargs_plan *plan) _must_check_;
int kargs_plan_entries(const struct root *root, const struct kargs_view *view,
		       struct kargs_plan *plan) _must_check_;

/** kargs_plan_mkconfig() - the command that writes grub.cfg anew */
int kargs_plan_mkconfig(const struct root *root, const struct loader *loader,
			struct kargs_plan *plan) _must_check_;

/**
 * kargs_plan_folders() - put before each file the folders that have to be made for it
 *
 * So they are recorded, and undo knows which ones are ours. Return: 0 or -ENOMEM.
 */
int kargs_plan_folders(const struct root *root, struct kargs_plan *plan) _must_check_;

/**
 * kargs_plan_check_conflicts() - refuse what an argument speaks against that somebody put there
 *
 * With each place where one stands. Return: 0 or a negative errno.
 */
int kargs_plan_check_conflicts(const struct root *root, const struct kargs_view *view,
			       struct kargs_plan *plan) _must_check_;

/**
 * kargs_plan_check_masks() - refuse the plan if a file of it is a link to /dev/null
 *
 * So systemd, GRUB's drop-ins and ours are switched off: somebody's decision, and nothing to
 * write to. Return: 0 or -ENOMEM.
 */
int kargs_plan_check_masks(const struct root *root, struct kargs_plan *plan) _must_check_;

/** kargs_plan_has_work() - is there more than files to watch? */
bool kargs_plan_has_work(const struct kargs_plan *plan);

/** kargs_plan_has_commands() - does it run anything? */
bool kargs_plan_has_commands(const struct kargs_plan *plan);

/** kargs_line_is_complete() - has it all of the wanted arguments? 1, 0 or -ENOMEM */
int kargs_line_is_complete(const struct kargs_view *view, const struct boot_line *line);

/**
 * kargs_undo_target() - what a file should hold when our change is taken out of it
 * @current:	what it holds, NULL: it is not there
 * @ret:	to be freed; NULL: it should not be there
 * @ret_gone:	how many of our arguments were not found; 0 for an unchanged file
 *
 * Return: 0, -EINVAL (it can't be told where our arguments are), or -ENOMEM. Pure.
 */
int kargs_undo_target(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone) _must_check_;

/** kargs_undo_warn() - append what is to be said of a file that another hand has changed. Pure */
int kargs_undo_warn(const struct undo_file *file, const char *current, size_t gone,
		    struct text_list *warnings) _must_check_;

#endif
