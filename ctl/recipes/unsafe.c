/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/unsafe.h"

#include <stdio.h>
#include <string.h>

#include "ctl/recipes/sources.h"
#include "helper/policy/cmdline.h"

#define PARAMETER "allow_unsafe_interrupts"
#define BLANKS	  " \t"

/* Of one module, by the files so far. */
struct asked {
	const char *module;
	bool unsafe;
};

static bool is_on(const char *value)
{
	if (!value)
		return true;
	value += *value == '"';
	return (*value && strchr("yYtT1", *value)) || strncasecmp(value, "on", 2) == 0;
}

/* "options MODULE NAME[=VALUE] …", whose last word counts. Cut up. Returns the module, or NULL. */
static const char *parse_option(char *text, bool *ret)
{
	char *save = NULL;
	const char *word = strtok_r(text, BLANKS, &save);
	const char *module = strtok_r(NULL, BLANKS, &save);
	bool says = false;
	char *option;

	if (!word || !module || strcmp(word, "options") != 0)
		return NULL;
	while ((option = strtok_r(NULL, BLANKS, &save))) {
		char *value = strchr(option, '=');

		if (value)
			*value++ = '\0';
		if (!parameter_name_equal(option + (*option == '"'), PARAMETER))
			continue;
		says = true;
		*ret = is_on(value);
	}
	return says ? module : NULL;
}

static int take_option(void *context, const struct recipe_line *line _unused_, char *text)
{
	struct asked *asked = context;
	bool unsafe = false;
	const char *module = parse_option(text, &unsafe);

	if (module && parameter_name_equal(module, asked->module))
		asked->unsafe = unsafe;
	return 0;
}

static int add_line(void *context, const struct recipe_line *line, char *text)
{
	struct recipe_lines *lines = context;
	bool unsafe;

	return parse_option(text, &unsafe) ? ARRAY_ADD(lines->line, lines->n, *line) : 0;
}

int unsafe_options_find(const char *text, struct recipe_lines *ret)
{
	struct recipe_lines lines = {0};
	int r = recipe_each_line(text, RECIPE_MODPROBE, add_line, &lines);

	if (r < 0)
		recipe_lines_free(&lines);
	else
		*ret = lines;
	return r;
}

static int compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(strrchr(*x, '/'), strrchr(*y, '/'));
}

static int look_into(const struct root *root, const struct text_list *paths, struct asked *asked)
{
	int r = 0;

	for (size_t i = 0; i < paths->n && r == 0; i++) {
		_cleanup_free_ char *text = NULL;

		if (root_read_text(root, paths->text[i], &text) == 0)
			r = recipe_each_line(text, RECIPE_MODPROBE, take_option, asked);
	}
	return r;
}

static bool is_there(const struct root *root, const char *module)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/module/%s", module);
	return root_exists(root, path);
}

int unsafe_interrupts_asked(const struct root *root, const struct kernel_args *args, bool *ret)
{
	static const struct {
		const char *name;
		enum karg_effect unsafe, needed;
	} modules[] = {
		{"vfio_iommu_type1", KARG_TYPE1_UNSAFE, KARG_TYPE1_NEEDED},
		{"iommufd", KARG_IOMMUFD_UNSAFE, KARG_IOMMUFD_NEEDED},
	};
	struct text_list paths _cleanup_(text_list_free) = {0},
			       unread _cleanup_(text_list_free) = {0};
	bool unsafe = false;
	int r = recipes_list_modprobe(root, &paths, &unread);

	if (paths.n)
		qsort(paths.text, paths.n, sizeof(*paths.text), compare_names);
	for (size_t i = 0; i < ARRAY_SIZE(modules) && r == 0; i++) {
		struct asked asked = {.module = modules[i].name};

		if (is_there(root, modules[i].name))
			continue;
		r = look_into(root, &paths, &asked);
		/* The kernel command line's word is the last. */
		if (!kernel_args_have(args, modules[i].needed))
			unsafe |= asked.unsafe || kernel_args_have(args, modules[i].unsafe);
	}
	if (r == 0)
		*ret = unsafe;
	return r;
}
