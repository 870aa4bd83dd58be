/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands at a path, as text, whatever it is: a file, a symbolic link, a folder. */
#ifndef GPUCLAIM_CTL_CHANGE_CONTENT_H
#define GPUCLAIM_CTL_CHANGE_CONTENT_H

#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * content_read_file(), content_read_link(), content_read_folder() - text, a link's target, ""
 * @ret:	to be freed; NULL: nothing is there
 *
 * Return: 0, -EINVAL (a NUL in it, or something else is there), or another negative errno.
 */
int content_read_file(const struct root *root, const char *path, char **ret) _must_check_;
int content_read_link(const struct root *root, const char *path, char **ret) _must_check_;
int content_read_folder(const struct root *root, const char *path, char **ret) _must_check_;

/**
 * content_put_file(), content_put_link(), content_put_folder() - make it so, atomically
 * @text:	NULL takes it away
 *
 * A folder that is not empty stays: what is in it is another's. Return: 0 or a negative errno.
 */
int content_put_file(const struct root *root, const char *path, const char *text) _must_check_;
int content_put_link(const struct root *root, const char *path, const char *target) _must_check_;
int content_put_folder(const struct root *root, const char *path, const char *text) _must_check_;

/**
 * content_read_kernelopts(), content_put_kernelopts() - a variable of the environment block at a
 * path
 *
 * The rest of the block is others', and stays. Return: as above; -ENOSPC where it does not fit.
 */
int content_read_kernelopts(const struct root *root, const char *path, char **ret) _must_check_;
int content_put_kernelopts(const struct root *root, const char *path,
			   const char *text) _must_check_;

/** content_missing_folders() - append each folder above @path that is not there, the outermost
 * first. Return: 0, -ENOMEM, or why one can't be looked at */
int content_missing_folders(const struct root *root, const char *path,
			    struct text_list *ret) _must_check_;

/** content_equal() - NULL, no file, is another content than "" */
bool content_equal(const char *a, const char *b);

#endif
