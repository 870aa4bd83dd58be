/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/folder.h"

#include <string.h>

int folder_list(const struct root *root, const char *folder, const char *suffix,
		struct text_list *ret)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, folder, &dir), error = 0;

	while (r == 0 && error == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.' && text_ends_with(entry->d_name, suffix))
			error = text_list_add(&names, "%s", entry->d_name);
	if (error < 0)
		return error;
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		return root_note(root, r);
	text_list_sort(&names);
	*ret = TAKE_STRUCT(names);
	return 0;
}

int folder_paths(const struct root *root, const char *folder, const char *suffix,
		 struct text_list *ret)
{
	struct text_list names _cleanup_(text_list_free) = {0},
			       paths _cleanup_(text_list_free) = {0};
	int r = folder_list(root, folder, suffix, &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		r = text_list_add(&paths, "%s/%s", folder, names.text[i]);
	return HAND_OVER(r, ret, paths);
}

int unread_add(struct text_list *unread, const char *path, int error)
{
	return root_is_absent(error) ? 0 : text_list_add(unread, "/%s: %s", path, strerror(-error));
}

int folder_names_take(DIR *dir, struct folder_names *ret)
{
	struct folder_names found = {0};
	const struct dirent *entry;
	int r = dir ? 0 : -EBADF, error = 0;

	while (r == 0 && (entry = root_next(dir, &r)) && error == 0)
		error = text_list_add(&found.names, "%s", entry->d_name);
	if (error < 0) {
		folder_names_free(&found);
		return error;
	}
	found.unlisted = r < 0 && !root_is_absent(r);
	*ret = found;
	return 0;
}

int folder_names_read(const struct root *root, const char *folder, struct folder_names *ret)
{
	struct root quiet = *root;
	_cleanup_closedir_ DIR *dir = NULL;
	int r;

	quiet.trouble = NULL; /* what can't be listed may still be opened */
	r = root_open_dir(&quiet, *folder ? folder : ".", &dir);
	if (r == 0 || !root_is_absent(r))
		return folder_names_take(dir, ret);
	*ret = (struct folder_names){0};
	return 0;
}

bool folder_may_have(const struct folder_names *folder, const char *name)
{
	return folder->unlisted || text_list_has(&folder->names, name);
}

void folder_names_free(struct folder_names *folder)
{
	text_list_free(&folder->names);
	*folder = (struct folder_names){0};
}
