/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/ignored.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/folder.h"
#include "helper/base/text.h"

#define FILE_MAX_BYTES (1u << 20)
#define PATH_MAX_BYTES 600
#define SUFFIX	       ".conf"

/* "a.conf.bak", "a.conf~", "a.conf.dpkg-old": meant not to count. */
static bool is_copy(const char *name)
{
	const char *suffix = strstr(name, SUFFIX);

	return (suffix && !isalnum((unsigned char)suffix[strlen(SUFFIX)])) ||
	       text_ends_with(name, "~") || strncmp(name, "README", strlen("README")) == 0;
}

static bool speaks_of_gpus(const struct root *root, const char *path)
{
	static const char *const words[] = {"vfio",   "nouveau", "nvidia",  "amdgpu",
					    "radeon", "i915",	 "pci-stub"};
	_cleanup_free_ char *text = NULL;

	if (root_read_file(root, path, FILE_MAX_BYTES, &text, NULL) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

static int look_into(const struct root *root, const char *folder, struct text_list *ret,
		     struct text_list *unread)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, folder, "", &names);

	if (r < 0)
		return unread_add(unread, folder, r);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		char path[PATH_MAX_BYTES];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, names.text[i]);
		if (!text_ends_with(path, SUFFIX) && !is_copy(names.text[i]))
			r = text_list_add(ret, "/%s", path);
	}
	return r;
}

static bool is_of_concern(const char *folder)
{
	static const char *const units[] = {"gpuclaim-", "nova-compute.", "openstack-nova-compute.",
					    "libvirtd.", "virtqemud."};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strncmp(folder, units[i], strlen(units[i])) == 0)
			return true;
	return false;
}

int ignored_find(const struct root *root, const struct recipe_sources *sources,
		 struct text_list *ret, struct text_list *unread)
{
	const struct text_list *others = &sources->others, *dropins = &sources->dropins;
	int r = look_into(root, "etc/gpuclaim/gpuclaim.conf.d", ret, unread);

	for (size_t i = 0; i < others->n && r == 0; i++)
		if (!is_copy(strrchr(others->text[i], '/') + 1) &&
		    speaks_of_gpus(root, others->text[i]))
			r = text_list_add(ret, "/%s", others->text[i]);
	for (size_t i = 0; i < dropins->n && r == 0; i++)
		if (is_of_concern(strrchr(dropins->text[i], '/') + 1))
			r = look_into(root, dropins->text[i], ret, unread);
	return r;
}
