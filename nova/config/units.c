/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/units.h"

#include <stdio.h>

static const char *const folders[UNIT_FOLDERS] = {
	"etc/systemd/system",	  "run/systemd/system", "usr/local/lib/systemd/system",
	"usr/lib/systemd/system", "lib/systemd/system",
};

int unit_folders_list(const struct root *root, struct unit_folders *ret)
{
	int r = 0;

	*ret = (struct unit_folders){0};
	for (size_t i = 0; i < UNIT_FOLDERS && r == 0; i++)
		r = folder_names_read(root, folders[i], &ret->folder[i]);
	return r;
}

bool unit_folders_path(const struct unit_folders *units, size_t folder, const char *name,
		       char ret[static UNIT_PATH_MAX])
{
	(void)snprintf(ret, UNIT_PATH_MAX, "%s/%s", folders[folder], name);
	return folder_may_have(&units->folder[folder], name);
}

void unit_folders_free(struct unit_folders *units)
{
	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		folder_names_free(&units->folder[i]);
}
