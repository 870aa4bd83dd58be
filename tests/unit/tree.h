/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A temporary folder with files, for tests that need some. */
#ifndef GPUCLAIM_TREE_H
#define GPUCLAIM_TREE_H

#include <sys/types.h>

#include "helper/base/root.h"

struct tree {
	char path[64];
	struct root root; /* of @path, confined */
};

/* All of these end the program where the file system refuses: no test can go on. */
void tree_make(struct tree *tree);
void tree_remove(struct tree *tree);
void tree_dir(const struct tree *tree, const char *path);
void tree_file(const struct tree *tree, const char *path, const char *text);
void tree_bytes(const struct tree *tree, const char *path, const void *data, size_t size);
void tree_link(const struct tree *tree, const char *path, const char *target);
/* A character device. Returns false where not everybody may make one. */
bool tree_device(const struct tree *tree, const char *path, dev_t number);
void tree_mode(const struct tree *tree, const char *path, mode_t mode);

/* Lines "f PATH TEXT" ('|' is a newline), "l PATH TARGET", "d PATH" and "m PATH MODE". */
void tree_script(const struct tree *tree, const char *script);

#endif
