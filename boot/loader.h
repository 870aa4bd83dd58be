/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which boot loader a machine has, and where its files are. */
#ifndef GPUCLAIM_BOOT_LOADER_H
#define GPUCLAIM_BOOT_LOADER_H

#include <stdbool.h>

#include "helper/base/root.h"

struct boot_lines;
struct loader;

/* What starts the kernel, as far as a command line tells. */
enum boot_starter {
	STARTER_ANY, /* or not known */
	STARTER_GRUB,
	STARTER_EFI, /* systemd-boot, or the firmware itself */
};

/**
 * struct loader_kind - a boot loader, as those see it who read its files
 * @name:	"grub-dropin" for example: the word of the JSON
 * @detect:	is it the machine's? Fills in the rest of @loader then, or leaves it as it is
 * @read:	appends the lines of its kernels, of the next boot and of a trial
 * @read_new:	appends the line of new kernels; NULL: nothing tells it
 * @once:	the entry that it was told to start next, once, to be freed; NULL if there is none
 * @lasting:	the entry that it was told to start whenever nothing else is said, to be freed;
 *		NULL if it was told nothing
 * @reads_dropins: etc/default/grub.d is read after etc/default/grub
 * @deploys:	an image of the whole system brings kernels and initramfs images with it
 * @unifies:	kernel, initramfs image and arguments are one file
 * @kernel_install: kernel-install writes its entries, and builds the images for them
 * @starter:	what starts its kernels
 */
struct loader_kind {
	const char *name;
	bool (*detect)(const struct root *root, struct loader *loader);
	int (*read)(const struct root *root, const struct loader *loader, struct boot_lines *lines);
	int (*read_new)(const struct root *root, const struct loader *loader,
			struct boot_lines *lines);
	char *(*once)(const struct root *root, const struct loader *loader);
	char *(*lasting)(const struct root *root, const struct loader *loader);
	bool reads_dropins, deploys, unifies, kernel_install;
	enum boot_starter starter;
};

/**
 * struct loader - what was found
 * @refusal:	why its arguments can't be changed, and what to do; NULL if they can. A constant
 * @no_unified:	none of loader_unified_folders has an image
 * @unread:	a file that tells which it is can't be read, as @refusal says
 * @tool:	the program that does it, an absolute path in the root; "" if there is none
 * @config, @grubenv, @entries: grub.cfg, the environment block and the folder of
 *		entries, relative to the root; NULL if there is none
 * @template_folder: its files follow the template of new kernels; NULL: the template is all
 * @more_entries: another folder has entries of kernels, too
 * @other_grubenv: a second block with the entries' arguments: which of the two GRUB reads is not
 *		known; NULL: there is none
 * @environment: what @grubenv holds, owned; NULL if it isn't known
 * @once:	the entry that it was told to start next, once, owned; NULL if there is none
 */
struct loader {
	const struct loader_kind *kind;
	const char *refusal;
	char tool[64];
	bool unread, no_unified;
	const char *config, *grubenv, *other_grubenv, *entries, *template_folder;
	bool more_entries;
	char *environment, *once;
};

/**
 * loader_places() - where the files are that more than one boot loader has
 *
 * Return: it with @environment, without @kind and @once. Free with loader_free().
 */
struct loader loader_places(const struct root *root) _must_check_;
void loader_free(struct loader *loader);

/** loader_find_places() - look for those that are not known, and set @environment, whatever it was
 */
void loader_find_places(const struct root *root, struct loader *loader);

/** loader_may_read_block() - may this system's GRUB read that block of the EFI partition? Not where
 * its link leads to another vendor's folder, or to a grub.cfg that only reads that of /boot */
bool loader_may_read_block(const struct root *root, const char *block);

/**
 * loader_config_may_be_efi() - no grub.cfg of this system's was found: may it be in the EFI
 * partition?
 *
 * That is so where its link leads to one that is not there, and where one is there without a link.
 */
bool loader_config_may_be_efi(const struct root *root);

/* Where unified kernel images are (UAPI.1), each relative to the root. */
#define LOADER_UNIFIED_FOLDERS 3
extern const char *const loader_unified_folders[LOADER_UNIFIED_FOLDERS];

/* For those who detect one. */

/** loader_find_tool() - the absolute path of a program in the root; false: it is not there */
bool loader_find_tool(const struct root *root, const char *name, char *ret, size_t size);

/** loader_first_of() - the first of the paths that is there; NULL: none. @paths ends with NULL */
const char *loader_first_of(const struct root *root, const char *const paths[]);

/** loader_file_says() - does the file hold these words? */
bool loader_file_says(const struct root *root, const char *path, const char *words);

/** loader_folder_has() - is a file of this ending in the folder, and one that says @words? */
bool loader_folder_has(const struct root *root, const char *folder, const char *ending,
		       const char *words);

#endif
