/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/host_use.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES (4u << 20)
#define DEPTH_MAX      8
#define PATH_ROOM      512
#define WORD_MAX       256
#define IFF_UP	       1ul

static bool is_absent(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ENODEV;
}

/* What can't be read is not nothing. */
static int unread(struct host_use *use, int r, const char *path)
{
	if (is_absent(r))
		return 0;
	if (!use->unread)
		use->unread = strdup(path);
	return r;
}

static int add(struct host_use *use, const char *path, const char *what)
{
	const char *devices = strstr(path, "devices/");
	int r = text_list_add(&use->path, "%s", devices ? devices : path);

	return r == 0 ? text_list_add(&use->what, "%s", what) : r;
}

/* Calls @each for every entry of a folder. */
static int for_each(const struct root *root, const char *folder, struct host_use *use,
		    int (*each)(const struct root *root, const char *path, const char *name,
				const void *data, struct host_use *use),
		    const void *data)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, folder, &dir);

	if (r < 0)
		return unread(use, r, folder);
	for (errno = 0; r == 0 && (entry = readdir(dir)); errno = 0) {
		char path[PATH_ROOM];

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%.200s/%.255s", folder, entry->d_name);
		r = each(root, path, entry->d_name, data, use);
	}
	return r == 0 && errno ? unread(use, -errno, folder) : r;
}

struct disk {
	const char *what;
	unsigned depth;
};

static int add_disk(const struct root *root, const char *path, const char *name _unused_,
		    const void *data, struct host_use *use)
{
	static const char *const folders[] = {"slaves", "../slaves"};
	const struct disk *disk = data;
	struct disk below = {disk->what, disk->depth + 1};
	char target[PATH_ROOM], folder[PATH_ROOM];
	int r = root_link_target(root, path, target, sizeof(target));

	if (r < 0)
		return unread(use, r, path);
	r = add(use, target, disk->what);
	/* A partition's own are those of what it is a part of. */
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0 && disk->depth < DEPTH_MAX; i++) {
		(void)snprintf(folder, sizeof(folder), "%.480s/%s", path, folders[i]);
		r = for_each(root, folder, use, add_disk, &below);
	}
	return r;
}

/* "/dev/mapper/luks" is a link to "../dm-0": the name that sysfs knows. */
static int add_node(const struct root *root, const char *node, const char *what,
		    struct host_use *use)
{
	const struct disk disk = {what, 0};
	char name[WORD_MAX], path[PATH_ROOM];

	if (strncmp(node, "/dev/", 5) != 0)
		return 0;
	if (root_link_name(root, node + 1, name, sizeof(name)) < 0)
		(void)snprintf(name, sizeof(name), "%s", strrchr(node, '/') + 1);
	(void)snprintf(path, sizeof(path), "sys/class/block/%s", name);
	return add_disk(root, path, name, &disk, use);
}

static int add_any_disk(const struct root *root, const char *path, const char *name,
			const void *data, struct host_use *use)
{
	char what[PATH_ROOM];
	struct disk disk = {what, DEPTH_MAX};

	(void)snprintf(what, sizeof(what), "/dev/%s, which may be of the ZFS pool mounted at %s",
		       name, (const char *)data);
	return add_disk(root, path, name, &disk, use);
}

static int add_btrfs_disks(const struct root *root, const char *path, const char *name,
			   const void *data _unused_, struct host_use *use)
{
	char what[PATH_ROOM], folder[PATH_ROOM];
	struct disk disk = {what, 0};

	(void)snprintf(what, sizeof(what), "a disk of the btrfs %s, which is mounted", name);
	(void)snprintf(folder, sizeof(folder), "%.480s/devices", path);
	return for_each(root, folder, use, add_disk, &disk);
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw": 98:0 is what counts. */
static int add_mount(const struct root *root, const char *line, struct host_use *use)
{
	char number[24], at[WORD_MAX], type[32] = "", source[WORD_MAX] = "", what[PATH_ROOM + 32];
	const char *rest = strstr(line, " - ");
	const struct disk disk = {what, 0};
	char path[64];

	if (sscanf(line, "%*u %*u %23s %*s %255s", number, at) != 2)
		return 0;
	if (rest && sscanf(rest, " - %31s %255s", type, source) < 1)
		return 0;
	(void)snprintf(what, sizeof(what), "%s, mounted at %s", source, at);
	if (strcmp(type, "zfs") == 0)
		return for_each(root, "sys/class/block", use, add_any_disk, at);
	if (strncmp(number, "0:", 2) == 0)
		return add_node(root, source, what, use);
	(void)snprintf(path, sizeof(path), "sys/dev/block/%s", number);
	return add_disk(root, path, number, &disk, use);
}

/* A swap file is in a file system that is mounted. */
static int add_swap(const struct root *root, const char *line, struct host_use *use)
{
	char node[WORD_MAX], what[PATH_ROOM];

	if (sscanf(line, "%255s", node) != 1)
		return 0;
	(void)snprintf(what, sizeof(what), "%s, which is swap", node);
	return add_node(root, node, what, use);
}

static int add_lines(const struct root *root, const char *path, struct host_use *use,
		     int (*each)(const struct root *root, const char *line, struct host_use *use))
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;
	int r = root_read_file(root, path, FILE_MAX_BYTES, &text, NULL);

	if (r < 0)
		return unread(use, r, path);
	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save))
		r = each(root, line, use);
	return r;
}

static int add_interface(const struct root *root, const char *path, const char *name,
			 const void *data _unused_, struct host_use *use)
{
	char file[PATH_ROOM + 16], text[32], target[PATH_ROOM], what[PATH_ROOM];
	ssize_t n;
	int r;

	(void)snprintf(file, sizeof(file), "%s/flags", path);
	n = root_read(root, file, text, sizeof(text));
	if (n < 0)
		return unread(use, (int)n, file);
	if (!(strtoul(text, NULL, 16) & IFF_UP))
		return 0;
	(void)snprintf(file, sizeof(file), "%s/operstate", path);
	n = root_read(root, file, text, sizeof(text));
	if (n < 0 && !is_absent((int)n))
		return unread(use, (int)n, file);
	if (n > 0 && (strcmp(text, "down") == 0 || strcmp(text, "notpresent") == 0 ||
		      strcmp(text, "lowerlayerdown") == 0))
		return 0;
	r = root_link_target(root, path, target, sizeof(target));
	if (r < 0)
		return unread(use, r, path);
	(void)snprintf(what, sizeof(what), "the network interface %s, which is up", name);
	return add(use, target, what);
}

int host_use_read(const struct root *root, struct host_use *ret)
{
	int r = add_lines(root, "proc/self/mountinfo", ret, add_mount);

	if (r == 0)
		r = add_lines(root, "proc/swaps", ret, add_swap);
	if (r == 0)
		r = for_each(root, "sys/fs/btrfs", ret, add_btrfs_disks, NULL);
	return r == 0 ? for_each(root, "sys/class/net", ret, add_interface, NULL) : r;
}

void host_use_free(struct host_use *use)
{
	text_list_free(&use->path);
	text_list_free(&use->what);
	free(use->unread);
	*use = (struct host_use){0};
}

const char *host_use_below(const struct host_use *use, const struct pci_address *address)
{
	char a[PCI_ADDRESS_MAX], part[PCI_ADDRESS_MAX + 2];

	(void)snprintf(part, sizeof(part), "/%s/", pci_address_format(address, a));
	for (size_t i = 0; i < use->path.n; i++)
		if (strstr(use->path.text[i], part))
			return use->what.text[i];
	return NULL;
}
