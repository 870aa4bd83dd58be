/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/sources.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/folder.h"
#include "helper/base/text.h"

/* Folders below folders: more than anybody's hooks have, and an end to links in a circle. */
#define DEPTH_MAX 6

static const char *const modprobe_folders[] = {"etc/modprobe.d", "run/modprobe.d",
					       "usr/local/lib/modprobe.d", "usr/lib/modprobe.d"};

enum place_kind {
	PLACE_FILE,
	PLACE_FOLDER,  /* the files in it */
	PLACE_TREE,    /* and those in folders below it */
	PLACE_SCRIPTS, /* as PLACE_FOLDER, those that begin with #! */
};

/**
 * struct place - where recipes live
 * @suffix:	how names end in a folder
 * @what:	what such a file is called
 * @role:	who runs what is there
 */
struct place {
	const char *path;
	enum place_kind kind;
	const char *suffix;
	enum recipe_file file;
	const char *what;
	enum recipe_role role;
};

static const struct place places[] = {
	{"etc/modules", PLACE_FILE, "", RECIPE_MODULES, "modules to load", ROLE_OTHER},
	{"etc/initramfs-tools/modules", PLACE_FILE, "", RECIPE_MODULES, "modules of the initramfs",
	 ROLE_OTHER},
	{"etc/modules-load.d", PLACE_FOLDER, ".conf", RECIPE_MODULES, "modules to load",
	 ROLE_OTHER},
	{"etc/dracut.conf", PLACE_FILE, "", RECIPE_DRACUT, "dracut's configuration", ROLE_OTHER},
	{"etc/dracut.conf.d", PLACE_FOLDER, ".conf", RECIPE_DRACUT, "dracut's configuration",
	 ROLE_OTHER},
	{"etc/mkinitcpio.conf", PLACE_FILE, "", RECIPE_DRACUT, "mkinitcpio's configuration",
	 ROLE_OTHER},
	{"etc/mkinitcpio.conf.d", PLACE_FOLDER, ".conf", RECIPE_DRACUT,
	 "mkinitcpio's configuration", ROLE_OTHER},
	{"etc/initramfs-tools/scripts", PLACE_TREE, "", RECIPE_SCRIPT, "a script of the initramfs",
	 ROLE_BOOT},
	{"etc/initramfs-tools/hooks", PLACE_TREE, "", RECIPE_SCRIPT, "a hook of initramfs-tools",
	 ROLE_OTHER},
	{"etc/initcpio", PLACE_TREE, "", RECIPE_SCRIPT, "a hook of mkinitcpio", ROLE_OTHER},
	{"usr/lib/dracut/modules.d", PLACE_TREE, "", RECIPE_SCRIPT, "a dracut module", ROLE_BOOT},
	{"etc/udev/rules.d", PLACE_FOLDER, ".rules", RECIPE_RULES, "a udev rule", ROLE_RULES},
	{"usr/local/lib/udev/rules.d", PLACE_FOLDER, ".rules", RECIPE_RULES, "a udev rule",
	 ROLE_RULES},
	{"etc/systemd/system", PLACE_TREE, "", RECIPE_UNIT, "a systemd unit", ROLE_UNIT},
	{"usr/local/lib/systemd/system", PLACE_TREE, "", RECIPE_UNIT, "a systemd unit", ROLE_UNIT},
	{"etc/libvirt/hooks", PLACE_TREE, "", RECIPE_SCRIPT, "a hook of libvirt", ROLE_GUEST},
	{"var/lib/vz/snippets", PLACE_TREE, "", RECIPE_SCRIPT, "a hook of Proxmox VE", ROLE_GUEST},
	{"etc/rc.local", PLACE_FILE, "", RECIPE_SCRIPT, "a boot script", ROLE_BOOT},
	{"etc/rc.d/rc.local", PLACE_FILE, "", RECIPE_SCRIPT, "a boot script", ROLE_BOOT},
	{"etc/init.d", PLACE_FOLDER, "", RECIPE_SCRIPT, "a boot script", ROLE_OTHER},
	{"etc/local.d", PLACE_FOLDER, ".start", RECIPE_SCRIPT, "a boot script", ROLE_OTHER},
	{"etc/crontab", PLACE_FILE, "", RECIPE_SCRIPT, "a job of cron", ROLE_OTHER},
	{"etc/cron.d", PLACE_FOLDER, "", RECIPE_SCRIPT, "a job of cron", ROLE_OTHER},
	{"usr/local/sbin", PLACE_SCRIPTS, "", RECIPE_SCRIPT, "a script", ROLE_CALLED},
	{"usr/local/bin", PLACE_SCRIPTS, "", RECIPE_SCRIPT, "a script", ROLE_CALLED},
};

static bool is_hidden(const struct root *root, size_t folder, const char *name)
{
	char path[300];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", modprobe_folders[i], name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

static int add_other(const char *folder, const char *name, struct text_list *others)
{
	return *name != '.' && strncmp(folder, "etc/", strlen("etc/")) == 0
		       ? text_list_add(others, "%s/%s", folder, name)
		       : 0;
}

/* What a folder's names are put into, or why it has none. */
struct listing {
	struct text_list *paths, *others, *unread, *dropins;
};

static int list_folder(const struct root *root, size_t folder, const struct listing *to)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, modprobe_folders[folder], "", &names);

	if (r < 0)
		return unread_add(to->unread, modprobe_folders[folder], r);
	for (size_t i = 0; i < names.n && r == 0; i++)
		if (!text_ends_with(names.text[i], ".conf"))
			r = add_other(modprobe_folders[folder], names.text[i], to->others);
		else if (!is_hidden(root, folder, names.text[i]))
			r = text_list_add(to->paths, "%s/%s", modprobe_folders[folder],
					  names.text[i]);
	return r;
}

static int list_modprobe(const struct root *root, const struct listing *to)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(modprobe_folders) && r == 0; i++)
		r = list_folder(root, i, to);
	return r;
}

int recipes_list_modprobe(const struct root *root, struct text_list *paths,
			  struct text_list *unread)
{
	struct text_list others _cleanup_(text_list_free) = {0};

	return list_modprobe(
		root, &(struct listing){.paths = paths, .others = &others, .unread = unread});
}

/* What is no file, no text, or larger than any script, is passed over. */
static int add_unread(struct recipe_sources *sources, const char *path, int error)
{
	if (error == -EISDIR || error == -EINVAL || error == -EFBIG || error == -EOPNOTSUPP)
		return 0;
	return unread_add(&sources->unread, path, error);
}

static void source_free(struct recipe_source *source)
{
	free(source->path);
	free(source->text);
	recipe_lines_free(&source->lines);
}

static bool is_script(const struct root *root, const char *path)
{
	_cleanup_close_ int fd = root_open_text(root, path);
	char start[2];

	/* One that can't be read is told by who reads it. */
	return fd < 0 || (read(fd, start, 2) == 2 && memcmp(start, "#!", 2) == 0);
}

static int read_file(const struct root *root, const struct place *place, const char *path,
		     struct recipe_sources *sources)
{
	struct recipe_source source = {
		.what = place->what, .file = place->file, .role = place->role};
	int r;

	if (place->kind == PLACE_SCRIPTS && !is_script(root, path))
		return 0;
	r = root_read_text(root, path, &source.text);
	if (r < 0)
		return add_unread(sources, path, r);
	r = recipe_find(source.text, place->file, &source.lines);
	if (r == 0 && source.lines.n)
		r = text_copy(path, &source.path);
	if (r == 0 && source.path)
		r = ARRAY_ADD(sources->source, sources->n, source);
	if (r < 0 || !source.path)
		source_free(&source);
	return r;
}

/* Editors' copies; gpuclaim's own module of dracut; links to units that stand elsewhere, too. */
static bool is_passed_over(const struct place *place, const struct dirent *entry)
{
	const char *name = entry->d_name;

	return name[0] == '.' || text_ends_with(name, "~") || strstr(name, "gpuclaim") ||
	       (place->kind == PLACE_TREE &&
		(text_ends_with(name, ".wants") || text_ends_with(name, ".requires")));
}

static int add_name(const struct place *place, const char *folder, const struct dirent *entry,
		    struct listing *to)
{
	if (to->dropins && place->file == RECIPE_UNIT && text_ends_with(entry->d_name, ".d") &&
	    text_list_add(to->dropins, "%s/%s", folder, entry->d_name) < 0)
		return -ENOMEM;
	if (!text_ends_with(entry->d_name, place->suffix))
		return strcmp(place->suffix, ".conf") == 0
			       ? add_other(folder, entry->d_name, to->others)
			       : 0;
	return is_passed_over(place, entry)
		       ? 0
		       : text_list_add(to->paths, "%s/%s", folder, entry->d_name);
}

static int list_names(const struct root *root, const struct place *place, const char *folder,
		      struct listing *to)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int r = root_open_dir(root, folder, &dir), added = 0;
	const struct dirent *entry;

	if (r < 0)
		return r;
	while (added == 0 && (entry = root_next(dir, &r)))
		added = add_name(place, folder, entry, to);
	text_list_sort(to->paths);
	return added < 0 ? added : r;
}

static unsigned depth_below(const struct place *place, const char *path)
{
	unsigned n = 0;

	for (const char *p = path + strlen(place->path); *p; p++)
		n += *p == '/';
	return n;
}

static unsigned depth_of(const struct place *place)
{
	switch (place->kind) {
	case PLACE_FILE:
		return 0;
	case PLACE_TREE:
		return DEPTH_MAX;
	case PLACE_FOLDER:
	case PLACE_SCRIPTS:
		break;
	}
	return 1;
}

/* A file, or a folder with what is in it, as far as the place goes down. */
static int read_below(const struct root *root, const struct place *place, const char *path,
		      struct recipe_sources *sources)
{
	struct text_list paths _cleanup_(text_list_free) = {0};
	unsigned depth = depth_below(place, path);
	int r = -ENOTDIR;

	if (depth < depth_of(place))
		r = list_names(root, place, path,
			       &(struct listing){.paths = &paths,
						 .others = &sources->others,
						 .dropins = depth ? NULL : &sources->dropins});
	if (r == -ENOMEM)
		return r;
	if (r == -ENOTDIR)
		return depth || place->kind == PLACE_FILE ? read_file(root, place, path, sources)
							  : 0;
	if (r < 0)
		r = unread_add(&sources->unread, path, r);
	for (size_t i = 0; i < paths.n && r == 0; i++)
		r = read_below(root, place, paths.text[i], sources);
	return r;
}

static int read_modprobe(const struct root *root, struct recipe_sources *sources)
{
	static const struct place place = {.file = RECIPE_MODPROBE, .what = "modprobe.d"};
	struct text_list paths _cleanup_(text_list_free) = {0};
	int r = list_modprobe(root, &(struct listing){.paths = &paths,
						      .others = &sources->others,
						      .unread = &sources->unread});

	for (size_t i = 0; i < paths.n && r == 0; i++)
		r = read_file(root, &place, paths.text[i], sources);
	return r;
}

int recipe_sources_read(const struct root *root, struct recipe_sources *ret)
{
	struct recipe_sources sources _cleanup_(recipe_sources_free) = {0};
	int r = read_modprobe(root, &sources);

	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++)
		r = read_below(root, &places[i], places[i].path, &sources);
	text_list_sort(&sources.others);
	text_list_sort(&sources.dropins);
	return HAND_OVER(r, ret, sources);
}

void recipe_sources_free(struct recipe_sources *sources)
{
	for (size_t i = 0; i < sources->n; i++)
		source_free(&sources->source[i]);
	free(sources->source);
	text_list_free(&sources->unread);
	text_list_free(&sources->others);
	text_list_free(&sources->dropins);
	*sources = (struct recipe_sources){0};
}
