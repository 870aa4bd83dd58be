/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/loader.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

		/* No boot loader takes a hidden one. */
		if (!dot || strcmp(dot, ending) != 0 || entry->d_type == DT_DIR ||
		    *entry->d_name == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!words || loader_file_says(root, path, words))
			return true;
	}
	(void)root_note(root, r);
	return false;
}

#define EFI_PLACE(vendor)                                                             \
	{                                                                             \
		"boot/efi/EFI/" vendor "/grub.cfg", "boot/efi/EFI/" vendor "/grubenv" \
	}

/* Where the packages of RHEL 8 and its kin, and of openEuler, have both on UEFI. */
static const struct efi_place {
	const char *config, *grubenv;
} efi_places[] = {EFI_PLACE("redhat"), EFI_PLACE("centos"), EFI_PLACE("rocky"),
		  EFI_PLACE("almalinux"), EFI_PLACE("openEuler")};

/* The partition may have those of other systems, too: this one's is what the link leads to. */
static const struct efi_place *find_efi_place(const struct root *root)
{
	char target[256];

	if (root_link_target(root, "etc/grub2-efi.cfg", target, sizeof(target)) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(efi_places); i++)
		if (strcmp(target + strspn(target, "./"), efi_places[i].config) == 0)
			return &efi_places[i];
	return NULL;
}

/* Later packages keep a file there that only reads the other one. */
static bool is_whole(const struct root *root, const char *config)
{
	return root_exists(root, config) &&
	       !loader_file_says(root, config, "configfile $prefix/grub.cfg");
}

static const char *find_efi_config(const struct root *root)
{
	const struct efi_place *place = find_efi_place(root);

	return place && is_whole(root, place->config) ? place->config : NULL;
}

/* The block beside a grub.cfg of the EFI partition. */
static const char *find_efi_block(const struct loader *loader)
{
	for (size_t i = 0; i < ARRAY_SIZE(efi_places); i++)
		if (loader->config == efi_places[i].config)
			return efi_places[i].grubenv;
	return NULL;
}

/* One that is there and can't be read is one, too. */
static void read_environment(const struct root *root, struct loader *loader)
{
	const char *const blocks[] = {"boot/grub2/grubenv", "boot/grub/grubenv",
				      find_efi_block(loader)};

	loader->environment = NULL;
	if (loader->grubenv && root_read_text(root, loader->grubenv, &loader->environment) < 0)
		loader->environment = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(blocks) && blocks[i] && !loader->grubenv; i++) {
		int r = root_read_text(root, blocks[i], &loader->environment);

		if (r == 0 || (!root_is_absent(r) && root_exists(root, blocks[i])))
			loader->grubenv = blocks[i];
	}
}

/* By a link, or mounted twice. */
static bool is_same_folder(const struct root *root, const char *a, const char *b)
{
	_cleanup_close_ int one = root_open_at(root, a, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int other = root_open_at(root, b, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat sa, sb;

	return one >= 0 && other >= 0 && fstat(one, &sa) == 0 && fstat(other, &sb) == 0 &&
	       sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* The first folder that has a kernel's entry, else any, else the first one that is there. */
static void find_entries(const struct root *root, struct loader *loader)
{
	static const char *const folders[] = {"boot/loader/entries", "efi/loader/entries",
					      "boot/efi/loader/entries"};
	const char *first = NULL, *any = NULL;

	loader->more_entries = false;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		const char *folder = folders[i];

		if (!root_exists(root, folder))
			continue;
		first = first ? first : folder;
		if (loader->config) /* GRUB reads no other */
			break;
		if (!any && loader_folder_has(root, folder, ".conf", NULL))
			any = folder;
		if (!loader_folder_has(root, folder, ".conf", "\nlinux"))
			continue;
		if (!loader->entries)
			loader->entries = folder;
		else if (!is_same_folder(root, loader->entries, folder))
			loader->more_entries = true;
	}
	if (!loader->entries)
		loader->entries = any ? any : first;
}

void loader_find_places(const struct root *root, struct loader *loader)
{
	static const char *const configs[] = {"boot/grub2/grub.cfg", "boot/grub/grub.cfg", NULL};
	if (!loader->config)
		loader->config = loader_first_of(root, configs);
	if (!loader->config)
		loader->config = find_efi_config(root);
	read_environment(root, loader);
	if (!loader->entries)
		find_entries(root, loader);
}

bool loader_may_read_block(const struct root *root, const char *block)
{
	const struct efi_place *place = find_efi_place(root);

	return !place || (strcmp(place->grubenv, block) == 0 &&
			  (is_whole(root, place->config) || !root_exists(root, place->config)));
}

bool loader_config_may_be_efi(const struct root *root)
{
	const struct efi_place *place = find_efi_place(root);

	if (place)
		return !root_exists(root, place->config);
	for (size_t i = 0; i < ARRAY_SIZE(efi_places); i++)
		if (is_whole(root, efi_places[i].config))
			return true;
	return false;
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
