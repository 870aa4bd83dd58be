/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One file of a record: what it was, and how to take our words out of it. */
#ifndef GPUCLAIM_CTL_CHANGE_UNDO_FILE_H
#define GPUCLAIM_CTL_CHANGE_UNDO_FILE_H

#include <stdbool.h>

#include "grub/kargs.h"

/**
 * enum undo_editor - how to take our words out of a file that others changed since
 *
 * A file that nobody changed is put back byte for byte, whatever its editor.
 */
enum undo_editor {
	UNDO_WHOLE,	   /* the file is ours: our lines go, others' stay */
	UNDO_CMDLINE,	   /* it is one command line */
	UNDO_GRUB_LINUX,   /* the value of GRUB_CMDLINE_LINUX in it */
	UNDO_GRUB_DEFAULT, /* the value of GRUB_CMDLINE_LINUX_DEFAULT in it */
	UNDO_ADOPTED,	   /* lines of it were made comments, or it was removed: recipe_text.h */
	UNDO_BLS,	   /* the options of an entry */
	UNDO_GRUBENV,	   /* kernelopts of the environment block: its content is the value */
	UNDO_OSTREE,	   /* no file: the arguments of the deployment */
	UNDO_MARKED,	   /* ours is between two marks, see grub_trial_add() */
	UNDO_OWN,	   /* the file is ours alone: it goes, whatever was made of it */
	UNDO_LINK,	   /* a symbolic link: its content is the target */
	UNDO_FOLDER,	   /* a folder: its content is "" */
	UNDO_OWN_LINE,	   /* a line of our own in it, see grub_own_line_add() */
	UNDO_RECORD,	   /* another record, which is part of this one */
	_UNDO_COUNT,
};

/**
 * struct undo_file - one file that was changed
 * @path:	relative to the root
 * @before:	its content without our change, NULL: it was not there. Our one backup
 * @after:	as we left it; NULL: not known, a program wrote it and we did not get to read it
 * @changes:	the arguments that were added or merged
 * @guarded:	version 0.1.0 ran a program that may spoil it, while the record was open
 */
struct undo_file {
	char *path, *before, *after; /* owned */
	enum undo_editor editor;
	bool guarded;
	struct kargs_changes changes;
};

#endif
