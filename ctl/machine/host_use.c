/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/host_use.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define FILE_MAX_BYTES (4u << 20)
#define DEPTH_MAX      8
#define PATH_ROOM      512
#define WORD_MAX       256
#define IFF_UP	       1ul
#define INPUT_DEVICES  "proc/bus/input/devices"
#define LETTERS	       0x3ff0000ul /* KEY_Q to KEY_P */

/* What can't be read is not nothing. */
static int unread(struct host_use *use, int r, const char *path)
{
	if (root_is_absent(r))
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

/* File systems whose files another machine has. */
static bool is_network(const char *type)
{
	return TEXT_IS_ANY(type, "nfs", "nfs4", "cifs", "smb3", "ceph");
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
	if (strcmp(at, "/") == 0 && is_network(type) && !use->network_root)
		return text_copy(source, &use->network_root);
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

/* An attribute that is not there says nothing. Return: 1 if it is there, 0, or a negative errno */
static int read_attribute(const struct root *root, const char *folder, const char *name,
			  char text[static 32], struct host_use *use)
{
	char file[PATH_ROOM + 32];
	ssize_t n;

	(void)snprintf(file, sizeof(file), "%s/%s", folder, name);
	n = root_read(root, file, text, 32);
	return n < 0 ? unread(use, (int)n, file) : 1;
}

/* Up, and with a carrier or not telling. Return: 1, 0, or a negative errno */
static int is_active(const struct root *root, const char *path, struct host_use *use)
{
	char text[32];
	int r = read_attribute(root, path, "flags", text, use);

	if (r < 0 || (r > 0 && !(strtoul(text, NULL, 16) & IFF_UP)))
		return r < 0 ? r : 0;
	/* What / comes through is in use also while the cable is out. */
	r = use->network_root ? 0 : read_attribute(root, path, "operstate", text, use);
	if (r < 0)
		return r;
	return r == 0 || !TEXT_IS_ANY(text, "down", "notpresent", "lowerlayerdown");
}

static int add_linked(const struct root *root, const char *path, const char *what,
		      struct host_use *use)
{
	char target[PATH_ROOM];
	int r = root_link_target(root, path, target, sizeof(target));

	return r < 0 ? unread(use, r, path) : add(use, target, what);
}

static int add_interface(const struct root *root, const char *path, const char *name,
			 const void *data _unused_, struct host_use *use)
{
	char what[PATH_ROOM];
	int r = is_active(root, path, use);

	if (r <= 0)
		return r;
	if (use->network_root)
		(void)snprintf(what, sizeof(what),
			       "the network interface %.64s, which is up, and / comes from %.255s",
			       name, use->network_root);
	else
		(void)snprintf(what, sizeof(what), "the network interface %.64s, which is up",
			       name);
	return add_linked(root, path, what, use);
}

static int add_tpm(const struct root *root, const char *path, const char *name,
		   const void *data _unused_, struct host_use *use)
{
	char what[PATH_ROOM];

	(void)snprintf(what, sizeof(what), "the TPM %.64s", name);
	return add_linked(root, path, what, use);
}

/* "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe": the last word has the keys
 * with low numbers. What has no letters is a button, or a headset. */
static bool has_letters(const char *keys)
{
	size_t n = strcspn(keys, "\n");

	while (n > 0 && keys[n - 1] != ' ')
		n--;
	return (strtoul(keys + n, NULL, 16) & LETTERS) == LETTERS;
}

/* What the kernel tells of an input device; the handler kbd is the console's. */
static int add_keyboard(struct host_use *use, const char *device)
{
	const char *path = strstr(device, "S: Sysfs=/devices/");
	const char *handlers = strstr(device, "H: Handlers="), *kbd = strstr(device, "kbd ");
	const char *keys = strstr(device, "B: KEY="), *name = strstr(device, "N: Name=\"");
	char what[PATH_ROOM], place[PATH_ROOM];

	if (!path || !handlers || !kbd || kbd < handlers || !keys || !has_letters(keys + 7))
		return 0;
	path += strlen("S: Sysfs=/");
	name = name ? name + strlen("N: Name=\"") : "";
	(void)snprintf(what, sizeof(what), "the console's keyboard (%.*s)",
		       (int)strcspn(name, "\"\n"), name);
	(void)snprintf(place, sizeof(place), "%.*s", (int)strcspn(path, "\n"), path);
	return add(use, place, what);
}

/* The same by sysfs, which does not tell who listens. */
static int add_input(const struct root *root, const char *path, const char *name,
		     const void *data _unused_, struct host_use *use)
{
	char file[PATH_ROOM + 32], keys[ROOT_ATTRIBUTE_MAX], what[PATH_ROOM];
	ssize_t n;

	(void)snprintf(file, sizeof(file), "%s/capabilities/key", path);
	n = root_read(root, file, keys, sizeof(keys));
	if (n < 0)
		return unread(use, (int)n, file);
	if (!has_letters(keys))
		return 0;
	(void)snprintf(what, sizeof(what), "the console's keyboard (%.64s)", name);
	return add_linked(root, path, what, use);
}

static int add_keyboards(const struct root *root, struct host_use *use)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read_file(root, INPUT_DEVICES, FILE_MAX_BYTES, &text, NULL);

	if (root_is_absent(r))
		return for_each(root, "sys/class/input", use, add_input, NULL);
	if (r < 0)
		return unread(use, r, INPUT_DEVICES);
	for (char *device = text, *end; device && *device && r == 0; device = end) {
		end = strstr(device, "\n\n");
		if (end) {
			*end = '\0';
			end += 2;
		}
		r = add_keyboard(use, device);
	}
	return r;
}

int host_use_read(const struct root *root, struct host_use *ret)
{
	int r = add_lines(root, "proc/self/mountinfo", ret, add_mount);

	if (r == 0)
		r = add_lines(root, "proc/swaps", ret, add_swap);
	if (r == 0)
		r = for_each(root, "sys/fs/btrfs", ret, add_btrfs_disks, NULL);
	if (r == 0)
		r = for_each(root, "sys/class/net", ret, add_interface, NULL);
	if (r == 0)
		r = for_each(root, "sys/class/tpm", ret, add_tpm, NULL);
	return r == 0 ? add_keyboards(root, ret) : r;
}

void host_use_free(struct host_use *use)
{
	text_list_free(&use->path);
	text_list_free(&use->what);
	free(use->network_root);
	free(use->unread);
	*use = (struct host_use){0};
}

static const char *find_below(const struct host_use *use, const struct pci_address *address)
{
	char a[PCI_ADDRESS_MAX], part[PCI_ADDRESS_MAX + 2];

	(void)snprintf(part, sizeof(part), "/%s/", pci_address_format(address, a));
	for (size_t i = 0; i < use->path.n; i++)
		if (strstr(use->path.text[i], part))
			return use->what.text[i];
	return NULL;
}

/* "consumer:pci:0000:00:07.0"; before Linux 5.12 "consumer:0000:00:07.0" */
static bool parse_consumer(const char *name, struct pci_address *ret)
{
	if (strncmp(name, "consumer:", 9) != 0)
		return false;
	name += strncmp(name + 9, "pci:", 4) == 0 ? 13 : 9;
	return pci_address_parse(name, ret) == 0;
}

int host_use_find(const struct root *root, struct host_use *use, const struct pci_address *address,
		  const char **ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char folder[PCI_PATH_MAX];
	int r;

	*ret = find_below(use, address);
	if (*ret)
		return 0;
	pci_attribute_path(address, "", folder);
	r = root_open_dir(root, folder, &dir);
	while (r == 0 && !*ret && (entry = root_next(dir, &r))) {
		struct pci_address consumer;

		if (parse_consumer(entry->d_name, &consumer) &&
		    !pci_address_same_device(&consumer, address))
			*ret = find_below(use, &consumer);
	}
	return r < 0 ? unread(use, r, folder) : 0;
}
