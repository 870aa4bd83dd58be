/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where systemd's units are. Each folder is listed once: a unit has many names and few files. */
#ifndef GPUCLAIM_NOVA_CONFIG_UNITS_H
#define GPUCLAIM_NOVA_CONFIG_UNITS_H

#include "helper/base/folder.h"

#define UNIT_FOLDERS  5
#define UNIT_PATH_MAX 128

/** struct unit_folders - the folders' names, from the highest to the lowest */
struct unit_folders {
	struct folder_names folder[UNIT_FOLDERS];
};

/** unit_folders_list() - Return: 0 or -ENOMEM; free with unit_folders_free() in both cases */
int unit_folders_list(const struct root *root, struct unit_folders *ret) _must_check_;

/**
 * unit_folders_path() - where a unit, or a folder of its drop-ins, is in one of the folders
 * @name:	"nova-compute.service", "nova-compute.service.d"
 *
 * Return: false where it is not there.
 */
bool unit_folders_path(const struct unit_folders *units, size_t folder, const char *name,
		       char ret[static UNIT_PATH_MAX]);
void unit_folders_free(struct unit_folders *units);

#define _cleanup_unit_folders_ __attribute__((cleanup(unit_folders_free)))

#endif
