/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/folder.h"

#include <string.h>

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

int folder_list(const struct root *root, const char *folder, const char *suffix,
		struct text_list *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = 0;

	if (root_open_dir(root, folder, &dir) < 0)
		return 0;
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && ends_with(entry->d_name, suffix))
			r = text_list_add(ret, "%s", entry->d_name);
	text_list_sort(ret);
	return r;
}
