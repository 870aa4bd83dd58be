/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes whole files of a machine, so that a crash leaves the old or the new one, and what it
 * left half-done beside them is cleared by the next change in the same folder. */
#ifndef GPUCLAIM_CTL_CHANGE_EDIT_H
#define GPUCLAIM_CTL_CHANGE_EDIT_H

#include "helper/base/root.h"

/**
 * edit_replace() - give a file new content
 * @path:	relative to the root; symbolic links are followed, so that a link stays one
 * @text:	the new content, @size bytes
 *
 * A temporary file in the same folder gets the old one's owner, mode and
 * extended attributes (SELinux's label), is synced and renamed, and the
 * folder is synced. A file that was not there is root's, mode 0644, and the
 * folders above it are made.
 *
 * Return: 0, or a negative errno with nothing changed: -ENOSPC, -EROFS, -EACCES.
 */
int edit_replace(const struct root *root, const char *path, const char *text,
		 size_t size) _must_check_;

/** edit_replace_private() - the same, but a file that was not there is for root's eyes only, and a
 * link is replaced itself */
int edit_replace_private(const struct root *root, const char *path, const char *text,
			 size_t size) _must_check_;

/** struct edit_owner - whose a file is that was not there: root's and a group's, (gid_t)-1 for none
 */
struct edit_owner {
	mode_t mode;
	gid_t group;
};

/** edit_replace_as() - the same with a text, but a file that was not there is @owner's */
int edit_replace_as(const struct root *root, const char *path, const char *text,
		    const struct edit_owner *owner) _must_check_;

/** edit_remove() - remove a file, and sync its folder. Return: 0 (also if there is none) or errno
 */
int edit_remove(const struct root *root, const char *path) _must_check_;

/** edit_link() - make, or replace, a symbolic link, and the folders above it. Return: 0 or errno */
int edit_link(const struct root *root, const char *path, const char *target) _must_check_;

/** edit_remove_folder() - remove a folder if it is empty. Return: 0 (also if it stays) or errno */
int edit_remove_folder(const struct root *root, const char *path) _must_check_;

/**
 * edit_resolve() - follow the symbolic links of a path's last component
 * @ret:	relative to the root, to be freed; its last component need not be there
 *
 * Return: 0, -ELOOP, or another negative errno.
 */
int edit_resolve(const struct root *root, const char *path, char **ret) _must_check_;

/**
 * edit_is_refusal() - is this errno the machine's "not here"?
 *
 * A full disk, a read-only file system and missing rights are: nothing was
 * changed, and trying again won't help (exit code 4). An I/O error is not.
 */
bool edit_is_refusal(int r);

/**
 * edit_lock() - only one gpuclaimctl at a time changes a root
 *
 * Return: a file descriptor that holds the lock until it is closed, -EBUSY, or
 * another negative errno.
 */
int edit_lock(const struct root *root) _must_check_;

#endif
