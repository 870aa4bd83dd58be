/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that only root writes: what they say may decide what is changed. */
#ifndef GPUCLAIM_HELPER_BASE_OWN_H
#define GPUCLAIM_HELPER_BASE_OWN_H

#include "helper/base/root.h"

#define OWN_FOREIGN	(-EKEYREJECTED) /* it belongs neither to root nor to us */
#define OWN_OPEN_TO_ALL (-EKEYREVOKED)	/* others than its owner may write to it */

/** own_check() - whose is an open file? Return: 0, one of these, or another negative errno */
int own_check(int fd) _must_check_;

/** own_read() - root_read_fd() of such a file at @path, NUL-terminated; or one of these */
int own_read(const struct root *root, const char *path, size_t limit_bytes,
	     char **ret) _must_check_;

#endif
