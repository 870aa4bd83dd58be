/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/loader.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES (1u << 20)

const char *loader_first_of(const struct root *root, const char *const paths[])
{
	for (; *paths; paths++)
		if (root_exists(root, *paths))
			return *paths;
	return NULL;
}

bool loader_find_tool(const struct root *root, const char *name, char *ret, size_t size)
{
	static const char *const folders[] = {"/usr/sbin", "/usr/bin", "/sbin", "/bin"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if ((size_t)snprintf(ret, size, "%s/%s", folders[i], name) < size &&
		    root_exists(root, ret + 1))
			return true;
	}
	*ret = '\0';
	return false;
}

const char *const loader_unified_folders[LOADER_UNIFIED_FOLDERS] = {
	"boot/efi/EFI/Linux", "efi/EFI/Linux", "boot/EFI/Linux"};

bool loader_file_says(const struct root *root, const char *path, const char *words)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(root, path, FILE_MAX_BYTES, &text, &size) < 0)
		return false;
	return memmem(text, size, words, strlen(words)) != NULL;
}

bool loader_folder_has(const struct root *root, const char *folder, const char *ending,
		       const char *words)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r;

	if (root_open_dir(root, folder, &dir) < 0)
		return false;
	while ((entry = root_next(dir, &r))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[512];

		if (!dot || strcmp(dot, ending) != 0 || entry->d_type == DT_DIR)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!words || loader_file_says(root, path, words))
			return true;
	}
	(void)root_note(root, r);
	return false;
}

/* One that is there and can't be read is one, too. */
static void read_environment(const struct root *root, struct loader *loader)
{
	static const char *const blocks[] = {"boot/grub2/grubenv", "boot/grub/grubenv"};

	loader->environment = NULL;
	if (loader->grubenv && root_read_text(root, loader->grubenv, &loader->environment) < 0)
		loader->environment = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(blocks) && !loader->grubenv; i++) {
		int r = root_read_text(root, blocks[i], &loader->environment);

		if (r == 0 || (!root_is_absent(r) && root_exists(root, blocks[i])))
			loader->grubenv = blocks[i];
	}
}

/*
 * Where the packages of RHEL 8 and its kin, and of openEuler, have it on UEFI. The partition may
 * have those of other systems, too: this one's is what the link leads to.
 */
static const char *find_linked_config(const struct root *root)
{
	static const char *const configs[] = {
		"boot/efi/EFI/redhat/grub.cfg", "boot/efi/EFI/centos/grub.cfg",
		"boot/efi/EFI/rocky/grub.cfg", "boot/efi/EFI/almalinux/grub.cfg",
		"boot/efi/EFI/openEuler/grub.cfg"};
	char target[256];

	if (root_link_target(root, "etc/grub2-efi.cfg", target, sizeof(target)) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(configs); i++)
		if (strcmp(target + strspn(target, "./"), configs[i]) == 0)
			return configs[i];
	return NULL;
}

/* Later packages keep a file there that only reads the other one. */
static const char *find_efi_config(const struct root *root)
{
	const char *path = find_linked_config(root);

	return path && root_exists(root, path) &&
			       !loader_file_says(root, path, "configfile $prefix/grub.cfg")
		       ? path
		       : NULL;
}

void loader_find_places(const struct root *root, struct loader *loader)
{
	static const char *const configs[] = {"boot/grub2/grub.cfg", "boot/grub/grub.cfg", NULL};
	static const char *const folders[] = {"boot/loader/entries", "efi/loader/entries",
					      "boot/efi/loader/entries", NULL};

	if (!loader->config)
		loader->config = loader_first_of(root, configs);
	if (!loader->config)
		loader->config = find_efi_config(root);
	read_environment(root, loader);
	if (!loader->entries)
		loader->entries = loader_first_of(root, folders);
}

struct loader loader_places(const struct root *root)
{
	struct loader loader = {0};

	loader_find_places(root, &loader);
	return loader;
}

void loader_free(struct loader *loader)
{
	free(loader->environment);
	free(loader->once);
	*loader = (struct loader){0};
}
