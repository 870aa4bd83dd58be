/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/default.h"

#include <stdio.h>
#include <string.h>

#include "grub/grub_cfg.h"
#include "grub/grub_evaluate.h"
#include "helper/base/folder.h"

#define GRUB_DEFAULT_PATH "etc/default/grub"
#define DROPIN_FOLDER	  "etc/default/grub.d"

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

static int source_all(const struct boot_sources *sources, const struct boot_change *change,
		      struct grub_variables *vars, const char **source)
{
	bool done = !change;
	int r = 0;

	/* A drop-in that is not there yet has its place by its name. */
	for (size_t i = 0; i <= sources->n && r == 0; i++) {
		const char *path = i < sources->n ? sources->source[i].path : NULL;
		const char *text = i < sources->n ? sources->source[i].text : NULL;
		int order = done ? 1 : path ? strcmp(change->path, path) : -1;

		if (order == 0)
			text = change->text;
		else if (order < 0 && change->text)
			r = source_text(change->text, change->path, vars, source);
		done |= order <= 0;
		if (r == 0 && text)
			r = source_text(text, path, vars, source);
	}
	return r;
}

static int add_source(const struct root *root, const char *path, struct boot_sources *sources)
{
	struct boot_source own = {0};
	int r = root_read_text(root, path, &own.text);

	if (r < 0 && r != -ENOENT)
		return r;
	r = text_copy(path, &own.path);
	if (r == 0)
		r = ARRAY_ADD(sources->source, sources->n, own);
	if (r < 0) {
		free(own.path);
		free(own.text);
	}
	return r;
}

static int read_sources(const struct root *root, const struct loader *loader,
			struct boot_sources *sources)
{
	struct text_list dropins _cleanup_(text_list_free) = {0};
	int r = add_source(root, GRUB_DEFAULT_PATH, sources);

	/* Sorted as the shell sorts its pattern, in the C locale. */
	if (r == 0 && loader->kind->reads_dropins)
		r = folder_paths(root, DROPIN_FOLDER, ".cfg", &dropins);
	for (size_t i = 0; i < dropins.n && r == 0; i++)
		r = add_source(root, dropins.text[i], sources);
	return r;
}

const char *boot_source_text(const struct boot_sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->n; i++)
		if (strcmp(sources->source[i].path, path) == 0)
			return sources->source[i].text;
	return NULL;
}

const char *boot_grub_setter(const struct boot_sources *sources, const char *name)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	const char *setter = NULL;

	for (size_t i = 0; i < sources->n; i++) {
		const char *text = sources->source[i].text, *value = NULL;

		if (!text || grub_default_evaluate(text, &vars) < 0 ||
		    grub_variable(&vars, name, &value) < 0 || !value || !*value)
			setter = text ? NULL : setter;
		else if (!setter || strstr(text, name))
			setter = sources->source[i].path;
	}
	return setter;
}

int boot_grub_cmdline(const struct boot_sources *sources, const struct boot_change *change,
		      struct boot_line *ret)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	struct boot_line line _cleanup_(boot_line_free) = {.kind = BOOT_NEW};
	const char *source = GRUB_DEFAULT_PATH;
	int r = source_all(sources, change, &vars, &source);

	if (r < 0)
		return r;
	if (vars.unknown) {
		line.why = vars.error.what;
		line.line = vars.error.line;
	} else if (grub_variables_join(&vars, &line.cmdline) < 0) {
		return -ENOMEM;
	}
	if (text_copy(source, &line.source) < 0)
		return -ENOMEM;
	*ret = TAKE_STRUCT(line);
	return 0;
}

int boot_read_default(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines)
{
	struct boot_line line _cleanup_(boot_line_free) = {0};
	_cleanup_free_ char *expanded = NULL;
	int r = read_sources(root, loader, &lines->sources);

	if (r == 0)
		r = boot_grub_cmdline(&lines->sources, NULL, &line);
	if (r == 0 && line.cmdline) {
		expanded = grub_cfg_expand(lines->config, line.cmdline);
		if (!expanded)
			return -ENOMEM;
		free(line.cmdline);
		line.cmdline = TAKE_PTR(expanded);
	}
	return r < 0 ? r : boot_add(lines, &line);
}

int boot_read_spread(const struct root *root, struct boot_line *ret)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	struct boot_line line _cleanup_(boot_line_free) = {.kind = BOOT_NEW};
	_cleanup_free_ char *text = NULL;
	int r = root_read_text(root, GRUB_DEFAULT_PATH, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = grub_default_evaluate(text, &vars);
	if (r == 0)
		r = text_copy("/" GRUB_DEFAULT_PATH, &line.source);
	if (r == 0 && !vars.unknown)
		r = grub_variables_join(&vars, &line.cmdline);
	return HAND_OVER(r, ret, line);
}

char *boot_shell_value(const struct root *root, const char *path, const char *name)
{
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	_cleanup_free_ char *text = NULL;
	const char *value = NULL;
	int r = root_read_text(root, path, &text);

	if (r < 0)
		(void)root_note(root, r);
	if (r < 0 || grub_default_evaluate(text, &vars) < 0 ||
	    grub_variable(&vars, name, &value) < 0 || !value)
		return NULL;
	return strdup(value);
}
