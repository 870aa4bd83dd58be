/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be done to a machine, as data: printed, or carried out. */
#ifndef GPUCLAIM_CTL_CHANGE_PLAN_H
#define GPUCLAIM_CTL_CHANGE_PLAN_H

#include "ctl/change/undo.h"

enum change_kind {
	CHANGE_FILE,	/* we write, or remove, a file */
	CHANGE_COMMAND, /* a program of the machine runs */
	CHANGE_WATCH,	/* no action: a program will change this file, or what it stands for */
};

/**
 * struct change_step - one of them; all owned
 * @path, @editor, @before, @changes: as in struct undo_file, @before being what is there now
 * @after:	what will be there; NULL: nothing
 * @argv:	of a command, ends with NULL
 * @mode, @group: of a file that is not there yet; 0: root's, and everybody may read it
 * @ours:	what is there now is of our making, too: the record keeps nothing of it
 */
struct change_step {
	enum change_kind kind;
	char *path, *before, *after;
	enum undo_editor editor;
	struct kargs_changes changes;
	char **argv;
	mode_t mode;
	gid_t group;
	bool ours;
};

/**
 * struct change_plan - in this order
 * @refusal:	why there is none, owned
 * @warnings:	what it leaves to be done by hand
 * @left:	files, of the record, that a revert has to leave as they are: the record keeps them
 */
struct change_plan {
	struct change_step *step;
	size_t n;
	char *refusal;
	struct text_list warnings, left;
};

void change_plan_free(struct change_plan *plan);

/* For those who make plans. All take copies and return 0 or -ENOMEM. */
int change_plan_add(struct change_plan *plan, const struct change_step *step) _must_check_;
int change_plan_command(struct change_plan *plan, const char *const argv[]) _must_check_;
/* Replaces an earlier refusal. */
#define change_plan_refuse(plan, ...) text_set(&(plan)->refusal, __VA_ARGS__)

/** change_plan_append() - append copies of steps. Return: 0 or -ENOMEM */
int change_plan_append(struct change_plan *to, const struct change_plan *from) _must_check_;

/** change_plan_add_folders() - append those that have to be made for a file. Return: 0 or -ENOMEM
 */
int change_plan_add_folders(const struct root *root, const char *path,
			    struct change_plan *plan) _must_check_;

/**
 * change_plan_folders() - put before each file the folders that have to be made for it
 *
 * So they are recorded, and undo knows which ones are ours. Return: 0 or -ENOMEM.
 */
int change_plan_folders(const struct root *root, struct change_plan *plan) _must_check_;

/**
 * change_step_leads_elsewhere() - does a file by our name turn out to be a link to another?
 *
 * A link into a folder that is kept in another place is none, where what it leads to is there and
 * its first line says that it is ours.
 */
#define CHANGE_ELSEWHERE "/%s is a link, and what it leads to is not written: remove the link"
bool change_step_leads_elsewhere(const struct root *root, const struct change_step *step);

/** change_plan_check_links() - refuse the plan if a file of it is one. Return: 0 or -ENOMEM */
int change_plan_check_links(const struct root *root, struct change_plan *plan) _must_check_;

/**
 * change_plan_check_masks() - refuse the plan if a file of it is a link to /dev/null
 *
 * So systemd, GRUB's drop-ins and ours are switched off: somebody's decision, and nothing to
 * write to. Links that lead elsewhere are refused, too. Return: 0 or -ENOMEM.
 */
int change_plan_check_masks(const struct root *root, struct change_plan *plan) _must_check_;

/** change_plan_has_work() - is there more than files to watch? */
bool change_plan_has_work(const struct change_plan *plan);

/** change_plan_has_commands() - does it run anything? */
bool change_plan_has_commands(const struct change_plan *plan);

#endif
