/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/recipes/recipe_text.h"
#include "helper/base/folder.h"
#include "helper/base/text.h"
#include "helper/policy/cmdline.h"

#define FILE_MAX_BYTES (1u << 20)

static const char *const folders[] = {"etc/modprobe.d", "run/modprobe.d", "usr/lib/modprobe.d"};

_printf_(2, 3) static int add(struct recipes *recipes, const char *format, ...)
{
	char **more = reallocarray(recipes->place, recipes->n + 1, sizeof(*more));
	va_list args;
	int n;

	if (!more)
		return -ENOMEM;
	recipes->place = more;
	va_start(args, format);
	n = vasprintf(&more[recipes->n], format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	recipes->n++;
	return 0;
}

unsigned recipes_in_modprobe(const char *text)
{
	struct recipe_lines lines _cleanup_recipe_lines_ = {0};

	if (recipe_find(text, RECIPE_MODPROBE, &lines) < 0)
		return 0;
	for (size_t i = 0; i < lines.n; i++)
		if (lines.line[i].kind == RECIPE_IDS)
			return lines.line[i].line;
	return 0;
}

static int read_cmdline(const struct root *root, struct recipes *recipes)
{
	_cleanup_free_ char *text = NULL, *buf = NULL;
	const char *cursor, *name, *value;
	int r = 0;

	if (root_read_file(root, "proc/cmdline", FILE_MAX_BYTES, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	buf = malloc(strlen(text) + 1);
	if (!buf)
		return -ENOMEM;
	cursor = text;
	while (r == 0 && cmdline_next(&cursor, buf, &name, &value))
		if (parameter_name_equal(name, "vfio_pci.ids"))
			r = add(recipes, "%s=%.64s on the kernel command line", name,
				value ? value : "");
	return r;
}

static bool is_hidden(const struct root *root, size_t folder, const char *name)
{
	char path[300];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

static int list_folder(const struct root *root, size_t folder, struct text_list *ret)
{
	struct text_list names _cleanup_text_list_ = {0};
	int r = folder_list(root, folders[folder], ".conf", &names);

	for (size_t i = 0; i < names.n && r == 0; i++)
		if (!is_hidden(root, folder, names.text[i]))
			r = text_list_add(ret, "%s/%s", folders[folder], names.text[i]);
	return r;
}

int recipes_list_modprobe(const struct root *root, struct text_list *ret)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = list_folder(root, i, ret);
	return r;
}

static int read_modprobe(const struct root *root, struct recipes *recipes)
{
	struct text_list paths _cleanup_text_list_ = {0};
	int r = recipes_list_modprobe(root, &paths);

	for (size_t i = 0; i < paths.n && r == 0; i++) {
		_cleanup_free_ char *text = NULL;
		unsigned line;

		if (root_read_file(root, paths.text[i], FILE_MAX_BYTES, &text, NULL) < 0)
			continue;
		line = recipes_in_modprobe(text);
		if (line)
			r = add(recipes, "/%s:%u", paths.text[i], line);
	}
	return r;
}

static int compare_places(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int recipes_read(const struct root *root, struct recipes *ret)
{
	struct recipes recipes = {0};
	int r;

	r = read_cmdline(root, &recipes);
	if (r == 0)
		r = read_modprobe(root, &recipes);
	if (r < 0) {
		recipes_free(&recipes);
		return r;
	}
	/* readdir(3) has no order; a report should. */
	if (recipes.n)
		qsort(recipes.place, recipes.n, sizeof(*recipes.place), compare_places);
	*ret = recipes;
	return 0;
}

void recipes_free(struct recipes *recipes)
{
	for (size_t i = 0; i < recipes->n; i++)
		free(recipes->place[i]);
	free(recipes->place);
	*recipes = (struct recipes){0};
}
