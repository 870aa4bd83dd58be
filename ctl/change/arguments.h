/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel arguments that no file holds: a program of the machine's stores them. */
#ifndef GPUCLAIM_CTL_CHANGE_ARGUMENTS_H
#define GPUCLAIM_CTL_CHANGE_ARGUMENTS_H

#include "ctl/change/undo_file.h"
#include "boot/loader.h"
#include "helper/base/text.h"

/**
 * struct arguments - where they are
 * @loader:	the boot loader, or NULL: none of them can be asked
 * @next:	the arguments of the next boot, or NULL: not known
 */
struct arguments {
	const struct loader *loader;
	const char *next;
};

/** arguments_read_ostree() - Return: 0 (@ret NULL: not known) or -ENOMEM */
int arguments_read_ostree(const struct root *root, const struct arguments *arguments,
			  char **ret) _must_check_;

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

/** arguments_revert_ostree() - fill @revert->words */
int arguments_revert_ostree(const struct root *root, const struct loader *loader,
			    struct arguments_revert *revert) _must_check_;

#endif
