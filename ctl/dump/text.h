/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's facts as text that tests/fixtures/expand.py makes a tree of again. */
#ifndef GPUCLAIM_CTL_DUMP_TEXT_H
#define GPUCLAIM_CTL_DUMP_TEXT_H

#include <stdio.h>

#include "helper/base/text.h"
#include "helper/machine/modalias.h"
#include "helper/machine/scan.h"

/**
 * struct dump - a dump while it is written
 * @module:	names of modules that matter: they match a function, or have one; owned
 */
struct dump {
	const struct root *root;
	FILE *to;
	struct machine machine;
	struct alias_match *module;
	size_t n_modules;
};

/* One statement each. A path with blanks or other odd bytes is told and left out. */

/** dump_file() - a file and its content: lines as they are, or one value with escapes */
void dump_file(struct dump *dump, const char *path, const char *text, size_t size);
void dump_folder(struct dump *dump, const char *path);
void dump_link(struct dump *dump, const char *path, const char *target);

/**
 * dump_list() - the names in a folder that is in the root, as folder_list() has them
 *
 * Return: 0 (also where it can't be listed, which a comment tells), or -ENOMEM.
 */
int dump_list(struct dump *dump, const char *folder, const char *suffix,
	      struct text_list *ret) _must_check_;

/* The same for what is in the root; nothing where it isn't there. */
void dump_copy(struct dump *dump, const char *path);
void dump_copy_link(struct dump *dump, const char *path);
void dump_copy_existence(struct dump *dump, const char *path);

#endif
