/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/units.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

static const char *const folders[UNIT_FOLDERS] = {
	"etc/systemd/system",	  "run/systemd/system", "usr/local/lib/systemd/system",
	"usr/lib/systemd/system", "lib/systemd/system",
};

bool unit_folders_path(const struct root *root, struct unit_folders *units,
		       const struct unit_place *place, char ret[static UNIT_PATH_MAX])
{
	struct folder_names *names = &units->folder[place->folder];

	if (!units->listed[place->folder] &&
	    folder_names_read(root, folders[place->folder], names) < 0)
		names->unlisted = true;
	units->listed[place->folder] = true;
	(void)snprintf(ret, UNIT_PATH_MAX, "%s/%s", folders[place->folder], place->name);
	return folder_may_have(names, place->name);
}

int unit_folders_like(const struct unit_folders *units, const char *part, struct text_list *ret)
{
	int r = 0;

	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		for (size_t k = 0; k < units->folder[i].names.n && r == 0; k++) {
			const char *name = units->folder[i].names.text[k];

			if (strstr(name, part) && text_ends_with(name, ".service") &&
			    !text_list_has(ret, name))
				r = text_list_add(ret, "%s", name);
		}
	return r;
}

void unit_folders_free(struct unit_folders *units)
{
	for (size_t i = 0; i < UNIT_FOLDERS; i++)
		folder_names_free(&units->folder[i]);
}
