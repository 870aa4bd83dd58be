/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of what was changed, below /var/lib/gpuclaim: written before, read to undo. */
#ifndef GPUCLAIM_CTL_CHANGE_UNDO_H
#define GPUCLAIM_CTL_CHANGE_UNDO_H

#include <stdbool.h>

#include "ctl/change/undo_file.h"
#include "helper/base/own.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/**
 * struct undo - all of it
 * @open:	a run has begun and not told that it ended
 */
struct undo {
	struct undo_file *file;
	size_t n;
	bool open;
};

/**
 * undo_read() - read the record called @name ("kargs")
 *
 * Return: 0 (an empty one if there is none), -EBADMSG (not what undo_write()
 * writes), UNDO_FOREIGN, UNDO_OPEN_TO_ALL, or another negative errno. Free with undo_free().
 */
#define UNDO_FOREIGN	 OWN_FOREIGN
#define UNDO_OPEN_TO_ALL OWN_OPEN_TO_ALL
int undo_read(const struct root *root, const char *name, struct undo *ret) _must_check_;

/** undo_why() - what is wrong with a record, by what undo_read() returned, and what to do,
 * as a part of a sentence; NULL: strerror() tells */
const char *undo_why(int r);

/** undo_write() - replace the record, synced; without files it is removed, with an empty folder */
int undo_write(const struct root *root, const char *name, const struct undo *undo) _must_check_;

/** undo_path() - where the record called @name is: "var/lib/gpuclaim/kargs.undo"; returns @buf */
#define UNDO_PATH_MAX 64
const char *undo_path(const char *name, char buf[static UNDO_PATH_MAX]);

/** undo_exists() - is there a record called @name? */
bool undo_exists(const struct root *root, const char *name);

/** undo_find() - the file's part of the record, or NULL */
struct undo_file *undo_find(struct undo *undo, const char *path);

/**
 * undo_note() - add a file, or update the state of a known one
 * @before, @after: copied
 *
 * Changes are added to those that are known. Return: 0 or -ENOMEM.
 */
int undo_note(struct undo *undo, const struct undo_file *file) _must_check_;

/** undo_render(), undo_parse() - the record as text; pure */
int undo_render(const struct undo *undo, char **ret, size_t *ret_size) _must_check_;
int undo_parse(const char *text, size_t size, struct undo *ret) _must_check_;

void undo_free(struct undo *undo);

#endif
