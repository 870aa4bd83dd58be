/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts, units and udev rules that give GPUs away: which of them setup --adopt disables. */
#ifndef GPUCLAIM_CTL_CHOOSE_ADOPT_FILES_H
#define GPUCLAIM_CTL_CHOOSE_ADOPT_FILES_H

#include "ctl/choose/adopt_ids.h"
#include "ctl/recipes/sources.h"
#include "ctl/recipes/whole.h"

/**
 * struct adopted_file - one of them
 * @whole:	what it does; of a source of another kind nothing
 * @runs:	something runs it by itself: the boot, udev, a unit that is wanted
 * @kept:	why it is left alone, owned; NULL: it is disabled
 */
struct adopted_file {
	struct whole whole;
	bool runs;
	char *kept;
};

/** struct adopted_files - one of each of @sources */
struct adopted_files {
	const struct recipe_sources *sources;
	struct adopted_file *file;
};

/** adopted_files_read() - judge each. Return: 0 or -ENOMEM; free with adopted_files_free() */
int adopted_files_read(const struct root *root, const struct recipe_sources *sources,
		       struct adopted_files *ret) _must_check_;
void adopted_files_free(struct adopted_files *files);

/** adopted_files_take() - take the GPUs that what runs at each boot gives to vfio-pci */
void adopted_files_take(const struct adopted_files *files, struct adopted *adopted);

/**
 * adopted_files_settle() - which of them are disabled
 *
 * One is where all that it does is to give functions to vfio-pci that are claimed instead, or to
 * run others that are disabled; what a guest's start and end do may give them back, too. A file
 * that a package has is left alone, a link to a file elsewhere, and what is named by one that is
 * left alone.
 *
 * Return: 0 or -ENOMEM.
 */
int adopted_files_settle(const struct root *root, const struct adopted *adopted,
			 struct adopted_files *files) _must_check_;

/**
 * adopted_files_runs() - does an install line of modprobe.d run disabled scripts, and nothing else?
 *
 * To load vfio-pci itself is nothing else. Return: 1, 0 or -ENOMEM.
 */
int adopted_files_runs(const struct adopted_files *files, const char *line, size_t n) _must_check_;

#endif
