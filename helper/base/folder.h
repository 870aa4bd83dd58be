/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in a folder: in an order that does not change, or by many names at once. */
#ifndef GPUCLAIM_HELPER_BASE_FOLDER_H
#define GPUCLAIM_HELPER_BASE_FOLDER_H

#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * folder_list() - the names in a folder that end so, sorted
 * @suffix:	".conf", or "" for all; names that begin with a dot are left out
 * @ret:	to be freed; none where there is no such folder; untouched on failure
 *
 * Return: 0, or a negative errno: it is there, or may be, and what is in it can't be told.
 */
int folder_list(const struct root *root, const char *folder, const char *suffix,
		struct text_list *ret) _must_check_;

/** folder_paths() - the same, each "FOLDER/NAME" */
int folder_paths(const struct root *root, const char *folder, const char *suffix,
		 struct text_list *ret) _must_check_;

/**
 * unread_add() - append what can't be listed or read, and why: "/etc/modules: Input/output error"
 * @error:	a negative errno; nothing is appended where it says that there is no such thing
 *
 * Return: 0, or -ENOMEM.
 */
int unread_add(struct text_list *unread, const char *path, int error) _must_check_;

/**
 * struct folder_names - a folder that was listed once, where many names are looked for in it
 * @unlisted:	it is there, or may be, and can't be listed: what is in it shows when it is opened
 */
struct folder_names {
	bool unlisted;
	struct text_list names;
};

/** folder_names_read() - list it, "" being the root's own. Return: 0 (also where it can't be
 * listed), or -ENOMEM */
int folder_names_read(const struct root *root, const char *folder,
		      struct folder_names *ret) _must_check_;

/** folder_names_take() - the same of one that is open; NULL: it can't be listed */
int folder_names_take(DIR *dir, struct folder_names *ret) _must_check_;

/** folder_may_have() - false: there is nothing of this name in it */
bool folder_may_have(const struct folder_names *folder, const char *name);
void folder_names_free(struct folder_names *folder);

#endif
