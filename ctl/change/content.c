/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/content.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "helper/base/root.h"

static int read_link(const struct root *root, const char *path, char **ret)
{
	char target[PATH_MAX];
	int r = root_link_target(root, path, target, sizeof(target));

	if (r == -ENOENT && root_exists(root, path))
		return -EINVAL;
	if (r < 0)
		return r;
	*ret = strdup(target);
	return *ret ? 0 : -ENOMEM;
}

static int read_folder(const struct root *root, const char *path, char **ret)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_PATH | O_DIRECTORY);

	if (fd < 0)
		return fd;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

int content_read(const struct root *root, enum undo_editor editor, const char *path, char **ret)
{
	int r;

	if (editor == UNDO_LINK)
		r = read_link(root, path, ret);
	else if (editor == UNDO_FOLDER)
		r = read_folder(root, path, ret);
	else
		r = root_read_text(root, path, ret);
	if (r != -ENOENT)
		return r;
	*ret = NULL;
	return 0;
}

int content_put(const struct root *root, enum undo_editor editor, const char *path,
		const char *text)
{
	if (editor == UNDO_FOLDER)
		return text ? root_mkdir(root, path) : edit_remove_folder(root, path);
	if (!text)
		return edit_remove(root, path);
	if (editor == UNDO_LINK)
		return edit_link(root, path, text);
	return edit_replace(root, path, text, strlen(text));
}

int content_missing_folders(const struct root *root, const char *path, struct text_list *ret)
{
	int r = 0;

	for (const char *slash = strchr(path, '/'); slash && r == 0;
	     slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *folder = strndup(path, (size_t)(slash - path));

		if (!folder)
			return -ENOMEM;
		if (!root_exists(root, folder))
			r = text_list_add(ret, "%s", folder);
	}
	return r;
}

bool content_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}
