/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands at a path, as text, whatever it is: a file, a symbolic link, a folder. */
#ifndef GPUCLAIM_CTL_CHANGE_CONTENT_H
#define GPUCLAIM_CTL_CHANGE_CONTENT_H

#include "ctl/change/undo.h"

/**
 * content_read() - a file's text, a link's target (UNDO_LINK), "" for a folder (UNDO_FOLDER)
 * @ret:	to be freed; NULL: nothing is there
 *
 * Return: 0, -EINVAL (a NUL in it, or not what @editor says), or another negative errno.
 */
int content_read(const struct root *root, enum undo_editor editor, const char *path,
		 char **ret) _must_check_;

/**
 * content_put() - make it so, atomically; NULL takes it away
 *
 * A folder that is not empty stays: what is in it is another's. Return: 0 or a negative errno.
 */
int content_put(const struct root *root, enum undo_editor editor, const char *path,
		const char *text) _must_check_;

/** content_missing_folders() - append a UNDO_FOLDER path for each folder above @path that is not
 * there, the outermost first. Return: 0 or -ENOMEM */
int content_missing_folders(const struct root *root, const char *path,
			    struct text_list *ret) _must_check_;

/** content_equal() - NULL, no file, is another content than "" */
bool content_equal(const char *a, const char *b);

#endif
