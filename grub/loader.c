/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/loader.h"

#include <stdio.h>
#include <string.h>

#define FILE_MAX_BYTES (1u << 20)

#define REFUSE_UNKNOWN "no boot loader that gpuclaim knows was found"
#define REFUSE_UKI                                           \
	"the arguments are part of a unified kernel image; " \
	"add them to /etc/kernel/cmdline and build the image anew"
#define REFUSE_BOOTC                                  \
	"the system is an image without rpm-ostree; " \
	"add them to a file in /usr/lib/bootc/kargs.d of the image"
#define REFUSE_GRUBBY	"the entries are grubby's, which is not installed; install grubby"
#define REFUSE_MKCONFIG "the program that writes grub.cfg is not installed"
#define REFUSE_SDBOOTUTIL                \
	"the entries are sdbootutil's; " \
	"add them to /etc/kernel/cmdline and run sdbootutil update-all-entries"
#define REFUSE_KERNEL_INSTALL "the entries are kernel-install's, which is not installed"

static const char *const names[] = {
	[LOADER_UNKNOWN] = "unknown",
	[LOADER_GRUB_DROPIN] = "grub-dropin",
	[LOADER_GRUB_DEFAULT] = "grub-default",
	[LOADER_GRUBENV] = "grubenv",
	[LOADER_BLS] = "bls",
	[LOADER_SYSTEMD_BOOT] = "systemd-boot",
	[LOADER_OSTREE] = "ostree",
	[LOADER_UKI] = "uki",
};
_Static_assert(ARRAY_SIZE(names) == _LOADER_COUNT, "a loader has no name");

const char *loader_name(enum loader_kind kind)
{
	return names[kind];
}

/* The first of the paths that is there, or NULL. */
static const char *first_of(const struct root *root, const char *const paths[])
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

static bool file_says(const struct root *root, const char *path, const char *words)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (root_read_file(root, path, FILE_MAX_BYTES, &text, &size) < 0)
		return false;
	return memmem(text, size, words, strlen(words)) != NULL;
}

/* Is there a file of this ending in the folder? Of *.conf, one whose options say @words. */
static bool folder_has(const struct root *root, const char *folder, const char *ending,
		       const char *words)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (root_open_dir(root, folder, &dir) < 0)
		return false;
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[512];

		if (!dot || strcmp(dot, ending) != 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (!words || file_says(root, path, words))
			return true;
	}
	return false;
}

static bool is_uki(const struct root *root)
{
	static const char *const confs[] = {"etc/kernel/install.conf",
					    "usr/lib/kernel/install.conf"};
	static const char *const folders[] = {"boot/efi/EFI/Linux", "efi/EFI/Linux",
					      "boot/EFI/Linux"};

	for (size_t i = 0; i < ARRAY_SIZE(confs); i++)
		if (root_exists(root, confs[i]))
			return file_says(root, confs[i], "layout=uki");
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (folder_has(root, folders[i], ".efi", NULL))
			return true;
	return false;
}

static bool detect_ostree(const struct root *root, struct loader *l)
{
	static const char *const marks[] = {"run/ostree-booted", "ostree/repo",
					    "sysroot/ostree/repo", NULL};

	if (!first_of(root, marks))
		return false;
	l->kind = LOADER_OSTREE;
	if (!loader_find_tool(root, "rpm-ostree", l->tool, sizeof(l->tool)))
		l->refusal = REFUSE_BOOTC;
	return true;
}

/* With GRUB beside it, in the ESP of another system say, GRUB's own files decide. */
static bool detect_systemd_boot(const struct root *root, struct loader *l)
{
	static const char *const marks[] = {"boot/efi/EFI/systemd",
					    "efi/EFI/systemd",
					    "boot/EFI/systemd",
					    "boot/efi/loader/loader.conf",
					    "efi/loader/loader.conf",
					    "boot/loader/loader.conf",
					    NULL};

	if (l->config || !first_of(root, marks))
		return false;
	l->kind = LOADER_SYSTEMD_BOOT;
	if (loader_find_tool(root, "sdbootutil", l->tool, sizeof(l->tool)))
		l->refusal = REFUSE_SDBOOTUTIL;
	else if (!loader_find_tool(root, "kernel-install", l->tool, sizeof(l->tool)))
		l->refusal = REFUSE_KERNEL_INSTALL;
	return true;
}

/* Entries of the specification that GRUB reads, as Red Hat's does. */
static bool detect_bls(const struct root *root, struct loader *l)
{
	if (!l->entries || !folder_has(root, l->entries, ".conf", NULL) ||
	    file_says(root, "etc/default/grub", "GRUB_ENABLE_BLSCFG=false"))
		return false;
	l->kind =
		folder_has(root, l->entries, ".conf", "$kernelopts") ? LOADER_GRUBENV : LOADER_BLS;
	if (!loader_find_tool(root, "grubby", l->tool, sizeof(l->tool)))
		l->refusal = REFUSE_GRUBBY;
	else
		l->keeps_default = file_says(root, l->tool + 1, "no-etc-grub-update");
	return true;
}

static bool detect_grub(const struct root *root, struct loader *l)
{
	char mkconfig[sizeof(l->tool)];
	bool found = loader_find_tool(root, "grub-mkconfig", mkconfig, sizeof(mkconfig)) ||
		     loader_find_tool(root, "grub2-mkconfig", mkconfig, sizeof(mkconfig));

	if (!root_exists(root, "etc/default/grub") && !l->config)
		return false;
	l->kind = LOADER_GRUB_DEFAULT;
	(void)snprintf(l->tool, sizeof(l->tool), "%s", mkconfig);
	if (!found)
		l->refusal = REFUSE_MKCONFIG;
	else if (file_says(root, mkconfig + 1, "default/grub.d"))
		l->kind = LOADER_GRUB_DROPIN;
	return true;
}

struct loader loader_detect(const struct root *root)
{
	static const char *const configs[] = {"boot/grub2/grub.cfg", "boot/grub/grub.cfg", NULL};
	static const char *const blocks[] = {"boot/grub2/grubenv", "boot/grub/grubenv", NULL};
	static const char *const folders[] = {"boot/loader/entries", "efi/loader/entries",
					      "boot/efi/loader/entries", NULL};
	struct loader l = {
		.config = first_of(root, configs),
		.grubenv = first_of(root, blocks),
		.entries = first_of(root, folders),
	};

	if (detect_ostree(root, &l))
		return l;
	if (is_uki(root)) {
		l.kind = LOADER_UKI;
		l.refusal = REFUSE_UKI;
		return l;
	}
	if (!detect_systemd_boot(root, &l) && !detect_bls(root, &l) && !detect_grub(root, &l))
		l.refusal = REFUSE_UNKNOWN;
	return l;
}
