/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/default_folders.h"

#include <stdio.h>

int default_folders_list(const struct root *root, const char *home,
			 struct default_folder ret[static DEFAULT_FOLDERS])
{
	int r = 0;

	home += *home == '/';
	snprintf(ret[0].path, sizeof(ret->path), "%s/.nova", home);
	snprintf(ret[1].path, sizeof(ret->path), "%s", home);
	snprintf(ret[2].path, sizeof(ret->path), "etc/nova");
	snprintf(ret[3].path, sizeof(ret->path), "etc");
	for (unsigned i = 0; i < DEFAULT_FOLDERS && r == 0; i++)
		r = folder_names_read(root, ret[i].path, &ret[i].names);
	return r;
}

void default_folders_free(struct default_folder folder[static DEFAULT_FOLDERS])
{
	for (unsigned i = 0; i < DEFAULT_FOLDERS; i++)
		folder_names_free(&folder[i].names);
}
