/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub/boot.h"

#include <stdio.h>
#include <string.h>

#include "grub/bls.h"
#include "grub/boot_lines.h"
#include "grub/grub_default.h"
#include "grub/grub_trial.h"
#include "helper/base/root.h"

#define GRUB_DEFAULT_PATH "etc/default/grub"
#define DROPIN_FOLDER	  "etc/default/grub.d"

static const char *const kind_names[] = {"running", "next", "trial", "kernel", "new"};
_Static_assert(ARRAY_SIZE(kind_names) == _BOOT_COUNT, "a kind has no name");

const char *boot_kind_name(enum boot_kind kind)
{
	return kind_names[kind];
}

void boot_line_free(struct boot_line *line)
{
	free(line->name);
	free(line->cmdline);
	free(line->source);
	free(line->entry);
	free(line->kernel);
	*line = (struct boot_line){0};
}

void boot_lines_free(struct boot_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		boot_line_free(&lines->line[i]);
	free(lines->line);
	*lines = (struct boot_lines){0};
}

/* Returns false when memory is out; a NULL is copied as NULL. */
int boot_add(struct boot_lines *lines, const struct boot_line *line)
{
	struct boot_line *more = reallocarray(lines->line, lines->n + 1, sizeof(*more)), own;
	bool good;

	if (!more)
		return -ENOMEM;
	lines->line = more;
	own = (struct boot_line){
		.kind = line->kind,
		.line = line->line,
		.why = line->why,
		.recovery = line->recovery,
	};
	good = text_copy(line->name, &own.name) == 0;
	good = text_copy(line->cmdline, &own.cmdline) == 0 && good;
	good = text_copy(line->entry, &own.entry) == 0 && good;
	good = text_copy(line->kernel, &own.kernel) == 0 && good;
	if (line->source && asprintf(&own.source, "/%s", line->source) < 0) {
		own.source = NULL;
		good = false;
	}
	if (!good) {
		boot_line_free(&own);
		return -ENOMEM;
	}
	lines->line[lines->n++] = own;
	return 0;
}

char *boot_grubenv(const struct root *root, const struct loader *loader, const char *name)
{
	_cleanup_free_ char *text = NULL;
	char *value = NULL;

	if (!loader->grubenv || root_read_text(root, loader->grubenv, &text) < 0 ||
	    grubenv_get(text, name, &value) < 0)
		return NULL;
	return value;
}

static int read_running(const struct root *root, struct boot_lines *lines)
{
	_cleanup_free_ char *text = NULL, *release = NULL;
	struct boot_line line = {.kind = BOOT_RUNNING, .source = (char *)"proc/cmdline"};
	int r;

	/* A tree without sys is a target: what runs is another system. */
	if (!root_exists(root, "sys"))
		return 0;
	r = root_read_text(root, "proc/cmdline", &text);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text[strcspn(text, "\n")] = '\0';
	if (root_read_text(root, "proc/sys/kernel/osrelease", &release) == 0)
		release[strcspn(release, "\n")] = '\0';
	line.cmdline = text;
	line.name = release;
	return boot_add(lines, &line);
}

int boot_new_cmdline(const struct root *root, char **ret, const char **ret_path)
{
	static const char *const paths[] = {"etc/kernel/cmdline", "usr/lib/kernel/cmdline"};
	static const char *const loaders_own[] = {"BOOT_IMAGE", "initrd"};
	_cleanup_free_ char *text = NULL, *lasting = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		r = root_read_text(root, paths[i], ret);
		if (r != -ENOENT) {
			*ret_path = paths[i];
			return r;
		}
	}
	if (!root_exists(root, "sys"))
		return -ENOENT;
	r = root_read_text(root, "proc/cmdline", &text);
	if (r < 0)
		return r;
	*ret_path = "proc/cmdline";
	lasting = trial_without(text);
	*ret = lasting ? kargs_without(lasting, loaders_own, ARRAY_SIZE(loaders_own)) : NULL;
	return *ret ? 0 : -ENOMEM;
}

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

	if (r < 0 || loader->kind != LOADER_GRUB_DROPIN)
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

static int read_new_grub(const struct root *root, const struct loader *loader,
			 struct boot_lines *lines)
{
	struct boot_line line _cleanup_boot_line_ = {0};
	int r = boot_grub_cmdline(root, loader, NULL, &line);

	return r < 0 ? r : boot_add(lines, &line);
}

/* For the kernel a newline is a blank; at the end there is none. */
static void join_lines(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr(" \t\n", text[n - 1]))
		text[--n] = '\0';
	for (char *p = text; (p = strchr(p, '\n'));)
		*p = ' ';
}

static int read_new(const struct root *root, const struct loader *loader, struct boot_lines *lines)
{
	struct boot_line line = {.kind = BOOT_NEW};
	_cleanup_free_ char *cmdline = NULL;
	const char *path = NULL;
	int r = 0;

	switch (loader->kind) {
	case LOADER_GRUB_DROPIN:
	case LOADER_GRUB_DEFAULT:
		return read_new_grub(root, loader, lines);
	case LOADER_GRUBENV:
		cmdline = boot_grubenv(root, loader, "kernelopts");
		path = loader->grubenv;
		break;
	case LOADER_BLS:
	case LOADER_SYSTEMD_BOOT:
	case LOADER_UKI:
		r = boot_new_cmdline(root, &cmdline, &path);
		break;
	default:
		return 0;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	if (cmdline)
		join_lines(cmdline);
	line.cmdline = cmdline;
	line.source = (char *)path;
	line.why = cmdline ? NULL : "neither /etc/kernel/cmdline nor another source is there";
	return boot_add(lines, &line);
}

int boot_read(const struct root *root, const struct loader *loader, struct boot_lines *ret)
{
	struct boot_lines lines _cleanup_boot_lines_ = {0};
	int r = read_running(root, &lines);

	if (r == 0 && (loader->kind == LOADER_GRUB_DROPIN || loader->kind == LOADER_GRUB_DEFAULT))
		r = boot_read_config(root, loader, &lines);
	else if (r == 0 && loader->entries)
		r = boot_read_entries(root, loader, &lines);
	if (r == 0)
		r = read_new(root, loader, &lines);
	if (r < 0)
		return r;
	*ret = lines;
	lines = (struct boot_lines){0};
	return 0;
}
