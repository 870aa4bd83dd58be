/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/content.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "grub/grubenv.h"
#include "helper/base/root.h"

/* What is not there has no content. */
static int absent(int r, char **ret)
{
	if (r != -ENOENT)
		return r;
	*ret = NULL;
	return 0;
}

int content_read_file(const struct root *root, const char *path, char **ret)
{
	return absent(root_read_text(root, path, ret), ret);
}

int content_read_link(const struct root *root, const char *path, char **ret)
{
	char target[PATH_MAX];
	int r = root_link_target(root, path, target, sizeof(target));

	if (r == -ENOENT && root_exists(root, path))
		return -EINVAL;
	return r < 0 ? absent(r, ret) : text_copy(target, ret);
}

int content_read_folder(const struct root *root, const char *path, char **ret)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_PATH | O_DIRECTORY);

	return fd < 0 ? absent(fd, ret) : text_copy("", ret);
}

int content_put_file(const struct root *root, const char *path, const char *text)
{
	return text ? edit_replace(root, path, text, strlen(text)) : edit_remove(root, path);
}

int content_put_link(const struct root *root, const char *path, const char *target)
{
	return target ? edit_link(root, path, target) : edit_remove(root, path);
}

int content_put_folder(const struct root *root, const char *path, const char *text)
{
	return text ? root_mkdir(root, path) : edit_remove_folder(root, path);
}

#define KERNELOPTS "kernelopts"

int content_read_kernelopts(const struct root *root, const char *path, char **ret)
{
	_cleanup_free_ char *block = NULL;
	int r = root_read_text(root, path, &block);

	return absent(r < 0 ? r : grubenv_get(block, KERNELOPTS, ret), ret);
}

int content_put_kernelopts(const struct root *root, const char *path, const char *text)
{
	_cleanup_free_ char *block = NULL, *now = NULL;
	int r = root_read_text(root, path, &block);

	if (r == 0)
		r = grubenv_set(block, KERNELOPTS, text, &now);
	return r != 0 ? r : edit_replace(root, path, now, strlen(now));
}

int content_missing_folders(const struct root *root, const char *path, struct text_list *ret)
{
	int r = 0;

	for (const char *slash = strchr(path, '/'); slash && r == 0;
	     slash = strchr(slash + 1, '/')) {
		_cleanup_free_ char *folder = strndup(path, (size_t)(slash - path));

		if (!folder)
			return -ENOMEM;
		r = root_look(root, folder);
		if (root_is_absent(r))
			r = text_list_add(ret, "%s", folder);
	}
	return r;
}

bool content_equal(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}
