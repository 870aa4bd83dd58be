/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/disk_use.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/folder.h"

#define MOUNTINFO_MAX (4u << 20)
#define DEPTH_MAX     8
#define PATH_TEXT_MAX 512

static int add_device(const struct root *root, const char *path, unsigned depth,
		      struct text_list *ret);

/* What device mapper or a RAID is made of. */
static int add_slaves(const struct root *root, const char *path, unsigned depth,
		      struct text_list *ret)
{
	struct text_list slaves _cleanup_(text_list_free) = {0};
	char folder[PATH_TEXT_MAX];
	int r;

	snprintf(folder, sizeof(folder), "%.*s/slaves", PATH_TEXT_MAX - 8, path);
	if (depth == DEPTH_MAX)
		return 0;
	r = folder_paths(root, folder, "", &slaves);
	for (size_t i = 0; i < slaves.n && r == 0; i++)
		r = add_device(root, slaves.text[i], depth + 1, ret);
	return r;
}

/* A link to a block device, whose target tells where it is. */
static int add_device(const struct root *root, const char *path, unsigned depth,
		      struct text_list *ret)
{
	char target[PATH_TEXT_MAX];
	const char *devices;
	int r;

	r = root_link_target(root, path, target, sizeof(target));
	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	devices = strstr(target, "devices/");
	r = text_list_add(ret, "%s", devices ? devices : target);
	return r == 0 ? add_slaves(root, path, depth, ret) : r;
}

int disk_use_read(const struct root *root, struct text_list *ret)
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	int r = root_read_file(root, "proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char path[64], number[24];

		if (sscanf(line, "%*u %*u %23s", number) != 1 || strncmp(number, "0:", 2) == 0)
			continue;
		snprintf(path, sizeof(path), "sys/dev/block/%s", number);
		r = add_device(root, path, 0, ret);
	}
	return r;
}

bool disk_use_has(const struct text_list *paths, const struct pci_address *address)
{
	char a[PCI_ADDRESS_MAX], part[PCI_ADDRESS_MAX + 2];

	snprintf(part, sizeof(part), "/%s/", pci_address_format(address, a));
	for (size_t i = 0; i < paths->n; i++)
		if (strstr(paths->text[i], part))
			return true;
	return false;
}
