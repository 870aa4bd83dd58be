/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/owner.h"

#include <string.h>

#include "helper/base/folder.h"

#define DPKG_LISTS "var/lib/dpkg/info"
#define MERGED	   "usr/"

static bool is_in(const char *path, const char *const *folders, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

static bool is_administrators(const char *path)
{
	static const char *const folders[] = {"usr/local/", "etc/systemd/system/",
					      "etc/udev/rules.d/", "etc/libvirt/hooks/"};

	return is_in(path, folders, ARRAY_SIZE(folders));
}

static bool has_other_database(const struct root *root)
{
	static const char *const places[] = {"var/lib/rpm", "usr/lib/sysimage/rpm",
					     "var/lib/pacman", "lib/apk/db"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (root_exists(root, places[i]))
			return true;
	return false;
}

/* A line of it is the path, or, where /usr is merged, the path without /usr. */
static int lists(const struct root *root, const char *list, const char *path)
{
	const char *other =
		strncmp(path, MERGED, strlen(MERGED)) == 0 ? path + strlen(MERGED) : path;
	_cleanup_free_ char *text = NULL;
	int r = root_read_text(root, list, &text);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n");

		if (*line == '/' &&
		    ((n == strlen(path) + 1 && memcmp(line + 1, path, n - 1) == 0) ||
		     (n == strlen(other) + 1 && memcmp(line + 1, other, n - 1) == 0)))
			return 1;
	}
	return 0;
}

static int is_dpkgs(const struct root *root, const char *path)
{
	struct text_list list _cleanup_(text_list_free) = {0};
	int r = folder_paths(root, DPKG_LISTS, ".list", &list);

	for (size_t i = 0; i < list.n && r == 0; i++)
		r = lists(root, list.text[i], path);
	return r;
}

int owner_find(const struct root *root, const char *path)
{
	int r;

	if (is_administrators(path))
		return OWNER_ADMINISTRATOR;
	r = is_dpkgs(root, path);
	if (r != 0)
		return r < 0 ? r : OWNER_PACKAGE;
	return has_other_database(root) ? OWNER_UNKNOWN : OWNER_ADMINISTRATOR;
}
