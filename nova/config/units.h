/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where systemd's units are. Each folder is listed once: a unit has many names and few files. */
#ifndef GPUCLAIM_NOVA_CONFIG_UNITS_H
#define GPUCLAIM_NOVA_CONFIG_UNITS_H

#include "helper/base/folder.h"

#define UNIT_FOLDERS  5
#define UNIT_PATH_MAX 128

/* The highest: the administrator's. */
#define UNITS_OF_ADMINISTRATOR 0

/** struct unit_folders - the folders' names, from the highest to the lowest; begins with zeroes */
struct unit_folders {
	bool listed[UNIT_FOLDERS];
	struct folder_names folder[UNIT_FOLDERS];
};

/** struct unit_place - a unit, or a folder of its drop-ins, in one of the folders */
struct unit_place {
	size_t folder;
	const char *name;
};

/**
 * unit_folders_path() - where it is, if it is there
 * @units:	the folder is listed, unless it was before; free with unit_folders_free()
 *
 * Return: false where it is not there; true also where that can't be told.
 */
bool unit_folders_path(const struct root *root, struct unit_folders *units,
		       const struct unit_place *place, char ret[static UNIT_PATH_MAX]);

/**
 * unit_folders_like() - the services of the folders that were listed so far with @part in their
 * name
 * @ret:	their names; each once
 *
 * Return: 0 or -ENOMEM.
 */
int unit_folders_like(const struct unit_folders *units, const char *part,
		      struct text_list *ret) _must_check_;
void unit_folders_free(struct unit_folders *units);

#endif
