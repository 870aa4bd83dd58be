/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where people keep recipes that give devices to vfio-pci, and what is found there. */
#ifndef GPUCLAIM_CTL_RECIPES_SOURCES_H
#define GPUCLAIM_CTL_RECIPES_SOURCES_H

#include "ctl/recipes/recipe_text.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/* Who runs a file. */
enum recipe_role {
	ROLE_OTHER,  /* it is read, or it can't be told */
	ROLE_BOOT,   /* the initramfs, or the boot */
	ROLE_RULES,  /* udev */
	ROLE_UNIT,   /* systemd, where something wants it */
	ROLE_GUEST,  /* a guest's start and end */
	ROLE_CALLED, /* nobody but other files */
};

/**
 * struct recipe_source - a file with lines of recipes
 * @what:	what such a file is called: "a udev rule"; constant
 * @path:	owned, as @text; no leading slash
 */
struct recipe_source {
	const char *what;
	enum recipe_file file;
	enum recipe_role role;
	char *path, *text;
	struct recipe_lines lines;
};

/**
 * struct recipe_sources - all of them
 * @unread:	what is there and can't be read, and why: "/etc/libvirt/hooks: Permission denied"
 * @others:	in folders of "*.conf" below /etc: files that are called otherwise, which nobody
 * reads
 * @dropins:	folders of drop-ins beside the units: "etc/systemd/system/nova-compute.service.d"
 */
struct recipe_sources {
	struct recipe_source *source;
	size_t n;
	struct text_list unread, others, dropins;
};

/**
 * recipe_sources_read() - look into every place where recipes live
 *
 * Of modprobe.d the files below /etc, /run, /usr/local/lib and /usr/lib, of which a name in an
 * earlier folder hides the same name in a later one (modprobe.d(5)). Of all else what the
 * administrator put there: what packages have below /usr is theirs, but for users' modules of
 * dracut, which have no other place. Files that are no text hold no recipe.
 *
 * Return: 0, or -ENOMEM. Free with recipe_sources_free().
 */
int recipe_sources_read(const struct root *root, struct recipe_sources *ret) _must_check_;
void recipe_sources_free(struct recipe_sources *sources);

/**
 * recipes_list_modprobe() - append the files of modprobe.d that count, by folder and name
 * @unread:	folders that can't be listed, and why, are appended
 *
 * Return: 0 or -ENOMEM.
 */
int recipes_list_modprobe(const struct root *root, struct text_list *paths,
			  struct text_list *unread) _must_check_;

#endif
