/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipes.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ctl/recipes/sources.h"
#include "helper/base/folder.h"
#include "helper/base/text.h"
#include "helper/policy/cmdline.h"
#include "helper/policy/kernel_args.h"

#define FILE_MAX_BYTES (1u << 20)
#define PATH_MAX_BYTES 600
#define OVERRIDES      "etc/driverctl.d"
#define SUFFIX	       ".conf"

static int look_at_cmdline(const char *cmdline, struct recipes *recipes)
{
	_cleanup_free_ char *buf = malloc(strlen(cmdline) + 1);
	const char *cursor = cmdline, *name, *value;
	int r = 0;

	if (!buf)
		return -ENOMEM;
	while (r == 0 && cmdline_next(&cursor, buf, &name, &value))
		if (kernel_arg_binds_ids(name))
			r = text_list_add(&recipes->found, "%s=%.64s on the kernel command line",
					  name, value ? value : "");
	return r;
}

static int read_cmdline(const struct root *root, const char *known, struct recipes *recipes)
{
	_cleanup_free_ char *text = NULL;

	if (known)
		return look_at_cmdline(known, recipes);
	if (root_read_file(root, "proc/cmdline", FILE_MAX_BYTES, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return look_at_cmdline(text, recipes);
}

/* A name for what a line does to functions, or NULL: it binds none. */
static const char *line_does(const struct recipe_line *line)
{
	switch (line->kind) {
	case RECIPE_IDS:
		return "ids=";
	case RECIPE_SOFTDEP:
		return "softdep";
	case RECIPE_INSTALL:
		/* "install nouveau /bin/false" only keeps a driver away. */
		return recipe_is_vfio(line->value, strlen(line->value)) ? "install" : NULL;
	case RECIPE_DOES:
		return line->value;
	case RECIPE_BLACKLIST:
	case RECIPE_LOAD:
	case RECIPE_DRIVERS:
		break;
	}
	return NULL;
}

/* Of each file the first line: who goes there sees the others. */
static int add_source(struct recipes *recipes, const struct recipe_source *source)
{
	for (size_t i = 0; i < source->lines.n; i++) {
		const struct recipe_line *line = &source->lines.line[i];
		const char *does = line_does(line);

		if (does)
			return text_list_add(&recipes->found, "/%s:%u (%s, %s)", source->path,
					     line->line, does, source->what);
	}
	return 0;
}

/* By its class; which of them is wanted is for setup --adopt to tell. */
static bool is_gpu_or_companion(const struct root *root, const char *address)
{
	static const char *const classes[] = {"0x03", "0x04", "0x12"};
	char path[96], code[16];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%.40s/class", address);
	if (root_read(root, path, code, sizeof(code)) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++)
		if (strncmp(code, classes[i], 4) == 0)
			return true;
	return false;
}

static bool gives_away(const struct root *root, const char *path)
{
	char driver[32];

	if (root_read(root, path, driver, sizeof(driver)) < 0)
		return false;
	return recipe_is_vfio(driver, strcspn(driver, " \t\n")) || strcmp(driver, "pci-stub") == 0;
}

static int read_overrides(const struct root *root, struct recipes *recipes)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = folder_list(root, OVERRIDES, "", &names);

	if (r < 0)
		return unread_add(&recipes->unread, OVERRIDES, r);
	for (size_t i = 0; i < names.n && r == 0; i++) {
		const char *name = names.text[i];
		char path[96];

		if (strncmp(name, "pci-", 4) != 0 || !is_gpu_or_companion(root, name + 4))
			continue;
		snprintf(path, sizeof(path), OVERRIDES "/%.60s", name);
		if (gives_away(root, path))
			r = text_list_add(&recipes->found, "/%s (driverctl's override)", path);
	}
	return r;
}

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

/*
 * Files that look like configuration, and that no tool reads for the end of their names: of the
 * sources' others those that speak of GPUs or vfio; of the drop-ins of gpuclaim, and of the units
 * of gpuclaim, nova-compute and libvirt, all. A copy that somebody keeps is none.
 *
 * Source: modprobe.d(5), modules-load.d(5), dracut.conf(5), mkinitcpio(8), systemd.unit(5): all end
 * in .conf.
 */
static int find_ignored(const struct root *root, const struct recipe_sources *sources,
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

static int read_sources(const struct root *root, struct recipes *recipes)
{
	struct recipe_sources sources _cleanup_(recipe_sources_free) = {0};
	int r = recipe_sources_read(root, &sources);

	recipes->unread = sources.unread;
	sources.unread = (struct text_list){0};
	for (size_t i = 0; i < sources.n && r == 0; i++)
		r = add_source(recipes, &sources.source[i]);
	return r == 0 ? find_ignored(root, &sources, &recipes->ignored, &recipes->unread) : r;
}

int recipes_read(const struct root *root, const char *cmdline, struct recipes *ret)
{
	struct recipes recipes = {0};
	int r = read_cmdline(root, cmdline, &recipes);

	if (r == 0)
		r = read_sources(root, &recipes);
	if (r == 0)
		r = read_overrides(root, &recipes);
	if (r < 0) {
		recipes_free(&recipes);
		return r;
	}
	/* readdir(3) has no order; a report should. */
	text_list_sort(&recipes.found);
	*ret = recipes;
	return 0;
}

void recipes_free(struct recipes *recipes)
{
	text_list_free(&recipes->found);
	text_list_free(&recipes->unread);
	text_list_free(&recipes->ignored);
}
