/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/boot_default.h"

#include <stdio.h>
#include <string.h>

#include "grub/grub_evaluate.h"
#include "helper/base/root.h"

#define GRUB_DEFAULT_PATH "etc/default/grub"
#define DROPIN_FOLDER	  "etc/default/grub.d"

int boot_list_dropins(const struct root *root, struct text_list *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, DROPIN_FOLDER, &dir);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		size_t n = strlen(name);

		if (*name == '.' || n < 5 || strcmp(name + n - 4, ".cfg") != 0)
			continue;
		r = text_list_add(ret, DROPIN_FOLDER "/%s", name);
		if (r < 0)
			return r;
	}
	text_list_sort(ret); /* as the shell sorts its pattern, in the C locale */
	return 0;
}

/* One file more is sourced; @source becomes it if it says something of the variables. */
static int source_text(const char *text, const char *path, struct grub_variables *vars,
		       const char **source)
{
	_cleanup_free_ char *before = NULL, *before_default = NULL;
	int r;

	if (text_copy(vars->linux_, &before) < 0 || text_copy(vars->default_, &before_default) < 0)
		return -ENOMEM;
	if (vars->unknown)
		return 0;
	r = grub_default_evaluate(text, vars);
	if (strcmp(before ? before : "", vars->linux_ ? vars->linux_ : "") != 0 ||
	    strcmp(before_default ? before_default : "", vars->default_ ? vars->default_ : "") !=
		    0 ||
	    vars->unknown)
		*source = path;
	return r;
}

static int source_all(const struct root *root, const struct text_list *files,
		      const struct boot_change *change, struct grub_variables *vars,
		      const char **source)
{
	for (size_t i = 0; i < files->n; i++) {
		bool changed = change && strcmp(files->text[i], change->path) == 0;
		_cleanup_free_ char *text = NULL;
		int r = changed ? 0 : root_read_text(root, files->text[i], &text);

		if (r == -ENOENT || (changed && !change->text))
			continue;
		if (r == 0)
			r = source_text(changed ? change->text : text, files->text[i], vars,
					source);
		if (r < 0)
			return r;
	}
	return 0;
}

static int list_sourced(const struct root *root, const struct loader *loader,
			const struct boot_change *change, struct text_list *ret)
{
	bool there = false;
	int r = text_list_add(ret, GRUB_DEFAULT_PATH);

	if (r < 0 || !loader->kind->reads_dropins)
		return r;
	r = boot_list_dropins(root, ret);
	for (size_t i = 0; i < ret->n && change; i++)
		there |= strcmp(ret->text[i], change->path) == 0;
	if (r < 0 || !change || there)
		return r;
	r = text_list_add(ret, "%s", change->path);
	text_list_sort(ret); /* the first one's name is the beginning of the others' */
	return r;
}

int boot_grub_cmdline(const struct root *root, const struct loader *loader,
		      const struct boot_change *change, struct boot_line *ret)
{
	struct grub_variables vars _cleanup_grub_variables_ = {0};
	struct text_list files _cleanup_text_list_ = {0};
	struct boot_line line _cleanup_boot_line_ = {.kind = BOOT_NEW};
	const char *source = GRUB_DEFAULT_PATH;
	int r = list_sourced(root, loader, change, &files);

	if (r == 0)
		r = source_all(root, &files, change, &vars, &source);
	if (r < 0)
		return r;
	if (vars.unknown) {
		line.why = vars.error.what;
		line.line = vars.error.line;
	} else if (asprintf(&line.cmdline, "%s%s%s", vars.linux_ ? vars.linux_ : "",
			    vars.linux_ && *vars.linux_ && vars.default_ && *vars.default_ ? " "
											   : "",
			    vars.default_ ? vars.default_ : "") < 0) {
		line.cmdline = NULL;
		return -ENOMEM;
	}
	if (text_copy(source, &line.source) < 0)
		return -ENOMEM;
	*ret = line;
	line = (struct boot_line){0};
	return 0;
}

int boot_read_default(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines)
{
	struct boot_line line _cleanup_boot_line_ = {0};
	int r = boot_grub_cmdline(root, loader, NULL, &line);

	return r < 0 ? r : boot_add(lines, &line);
}
