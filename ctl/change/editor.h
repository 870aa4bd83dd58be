/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of what is changed: how each is read, put and taken back. One row a kind. */
#ifndef GPUCLAIM_CTL_CHANGE_EDITOR_H
#define GPUCLAIM_CTL_CHANGE_EDITOR_H

#include "boot/loader.h"
#include "ctl/change/take_out.h"
#include "ctl/change/undo_file.h"
#include "helper/base/text.h"

/**
 * struct arguments - kernel arguments that no file holds: a program of the machine's stores them
 * @loader:	the boot loader, or NULL: none of them can be asked
 * @next:	the arguments of the next boot, or NULL: not known
 */
struct arguments {
	const struct loader *loader;
	const char *next;
};

/**
 * struct arguments_revert - the command that takes our change back
 * @target:	what should be there
 * @words:	of the command
 */
struct arguments_revert {
	const struct undo_file *file;
	const char *target;
	struct text_list words;
};

/* enum editor_thing - what stands at its path */
enum editor_thing {
	THING_FILE,
	THING_LINK,
	THING_FOLDER,	 /* not reported: the file in it is */
	THING_ARGUMENTS, /* no file: what a program of the machine's stored */
	THING_RECORD,	 /* which has its own way back */
};

/**
 * struct editor - one of them
 * @word:	in the record
 * @read:	its content, of what stands at a path
 * @read_arguments, @revert_arguments: of THING_ARGUMENTS, which has neither @read nor @put; the
 *		one leaves NULL where they are not known, the other fills in @words
 * @put:	make its content so
 * @take_out:	our change, where another hand has changed it since
 * @ours_alone:	whatever another hand made of it goes, too
 * @may_remove:	to have removed the file can have been our change
 * @replaced:	without it, a kernel update takes the running kernel's arguments
 */
struct editor {
	const char *word;
	enum editor_thing thing;
	int (*read)(const struct root *root, const char *path, char **ret);
	int (*read_arguments)(const struct arguments *arguments, char **ret);
	int (*revert_arguments)(const struct loader *loader, struct arguments_revert *revert);
	int (*put)(const struct root *root, const char *path, const char *text);
	take_out_fn *take_out;
	bool ours_alone, may_remove, replaced;
};

const struct editor *editor_of(enum undo_editor kind);

/** editor_find() - the one with this word. Return: 0, or -EBADMSG: there is none */
int editor_find(const char *word, enum undo_editor *ret) _must_check_;

/**
 * editor_read() - what is there now of a file of a record, or of a step
 * @arguments:	may be NULL where @file can't be kernel arguments
 * @ret:	to be freed; NULL: nothing
 */
int editor_read(const struct root *root, const struct arguments *arguments,
		const struct undo_file *file, char **ret) _must_check_;

/**
 * undo_without_ours() - what a file should hold when our change is taken out of it; pure
 * @current:	what it holds, NULL: it is not there
 * @ret:	to be freed; NULL: it should not be there
 * @ret_gone:	how many of our arguments were not found; 0 for an unchanged file
 *
 * Return: 0, -EINVAL (it can't be told where our arguments are), or -ENOMEM.
 */
int undo_without_ours(const struct undo_file *file, const char *current, char **ret,
		      size_t *ret_gone) _must_check_;

/** undo_warn() - append a warning about a file that somebody else has changed; of a folder
 * nothing */
int undo_warn(const struct undo_file *file, const char *current, size_t gone,
	      struct text_list *warnings) _must_check_;

#endif
