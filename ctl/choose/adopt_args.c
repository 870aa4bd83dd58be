/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/adopt_args.h"

#include <stdio.h>
#include <string.h>

#include "ctl/recipes/recipe_text.h"
#include "helper/base/root.h"
#include "helper/base/text.h"
#include "helper/policy/cmdline.h"
#include "helper/policy/kernel_args.h"

/* Is one word of a comma separated list such a module? */
static bool lists(const char *list, bool (*is_such)(const char *word, size_t n))
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (is_such(list, n))
			return true;
		list += n;
		list += *list == ',';
	}
	return false;
}

static bool is_gpu_module(const char *word, size_t n)
{
	char name[64];

	if (n >= sizeof(name))
		return false;
	memcpy(name, word, n);
	name[n] = '\0';
	return recipe_is_gpu_module(name);
}

static bool is_blacklist(const char *name, const char *value)
{
	static const char *const names[] = {"rd.driver.blacklist", "modprobe.blacklist",
					    "module_blacklist", "rdblacklist"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (parameter_name_equal(name, names[i]))
			return lists(value, is_gpu_module);
	return parameter_name_equal(name, "nouveau.modeset") && strcmp(value, "0") == 0;
}

static bool find_kind(const char *name, const char *value, enum recipe_arg_kind *ret)
{
	if (kernel_arg_binds_ids(name))
		*ret = ARG_IDS;
	else if (parameter_name_equal(name, "rd.driver.pre") && lists(value, recipe_is_vfio))
		*ret = ARG_EARLY;
	else if (is_blacklist(name, value))
		*ret = ARG_BLACKLIST;
	else
		return false;
	return true;
}

static void arg_free(struct recipe_arg *arg)
{
	free(arg->text);
	free(arg->value);
	free(arg->places);
}

static int add_place(struct recipe_arg *arg, const char *place)
{
	char *more;

	if (strstr(arg->places, place))
		return 0;
	if (asprintf(&more, "%s, %s", arg->places, place) < 0)
		return -ENOMEM;
	free(arg->places);
	arg->places = more;
	return 0;
}

static int add_arg(struct recipe_args *args, enum recipe_arg_kind kind, const char *name,
		   const char *value, const char *place)
{
	_cleanup_free_ char *text = NULL;
	struct recipe_arg *arg;

	if (text_format(&text, "%s=%s", name, value) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < args->n; i++)
		if (strcmp(args->arg[i].text, text) == 0)
			return add_place(&args->arg[i], place);
	arg = ARRAY_PLACE(args->arg, args->n);
	if (!arg)
		return -ENOMEM;
	*arg = (struct recipe_arg){.kind = kind, .value = strdup(value), .places = strdup(place)};
	arg->text = TAKE_PTR(text);
	return arg->value && arg->places ? 0 : -ENOMEM;
}

static int look_at(struct recipe_args *args, const char *cmdline, const char *place)
{
	_cleanup_free_ char *buf = malloc(strlen(cmdline) + 1);
	const char *name, *value;
	enum recipe_arg_kind kind;
	int r = buf ? 0 : -ENOMEM;

	while (r == 0 && cmdline_next(&cmdline, buf, &name, &value))
		if (value && find_kind(name, value, &kind))
			r = add_arg(args, kind, name, value, place);
	return r;
}

static int look_at_line(struct recipe_args *args, const struct boot_line *line)
{
	_cleanup_free_ char *place = NULL;
	char number[16] = "";

	if (!line->cmdline || !line->source)
		return 0;
	if (line->line)
		snprintf(number, sizeof(number), ":%u", line->line);
	if (text_format(&place, "%s%s", line->source, number) < 0)
		return -ENOMEM;
	return look_at(args, line->cmdline, place);
}

static int read_all(const struct root *root, const struct kargs_view *view,
		    struct recipe_args *args)
{
	_cleanup_free_ char *running = NULL;
	int r = 0;

	for (size_t i = 0; view && i < view->lines.n && r == 0; i++)
		if (view->lines.line[i].kind != BOOT_RUNNING)
			r = look_at_line(args, &view->lines.line[i]);
	if (r < 0 || root_read_text(root, "proc/cmdline", &running) < 0)
		return r;
	running[strcspn(running, "\n")] = '\0';
	return look_at(args, running, "/proc/cmdline");
}

int recipe_args_read(const struct root *root, const struct kargs_view *view,
		     struct recipe_args *ret)
{
	struct recipe_args args _cleanup_(recipe_args_free) = {0};
	int r = read_all(root, view, &args);

	return HAND_OVER(r, ret, args);
}

void recipe_args_free(struct recipe_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		arg_free(&args->arg[i]);
	free(args->arg);
	*args = (struct recipe_args){0};
}
