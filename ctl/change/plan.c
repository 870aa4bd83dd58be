/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"

static void step_free(struct kargs_step *step)
{
	free(step->path);
	free(step->before);
	free(step->after);
	free(step->guard);
	for (char **word = step->argv; word && *word; word++)
		free(*word);
	free(step->argv);
	kargs_changes_free(&step->changes);
}

void kargs_plan_free(struct kargs_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		step_free(&plan->step[i]);
	free(plan->step);
	free(plan->refusal);
	text_list_free(&plan->warnings);
	text_list_free(&plan->left);
	*plan = (struct kargs_plan){0};
}

static bool copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return *to || !from;
}

static char **copy_argv(char *const *argv)
{
	size_t n = 0;
	char **copies;

	while (argv[n])
		n++;
	copies = calloc(n + 1, sizeof(*copies));
	for (size_t i = 0; copies && i < n; i++) {
		copies[i] = strdup(argv[i]);
		if (copies[i])
			continue;
		while (i-- > 0)
			free(copies[i]);
		free(copies);
		return NULL;
	}
	return copies;
}

int kargs_plan_add(struct kargs_plan *plan, const struct kargs_step *step)
{
	struct kargs_step *more = reallocarray(plan->step, plan->n + 1, sizeof(*more)), own;
	bool good;

	if (!more)
		return -ENOMEM;
	plan->step = more;
	own = (struct kargs_step){.kind = step->kind, .editor = step->editor};
	good = copy(&own.path, step->path);
	good = copy(&own.before, step->before) && good;
	good = copy(&own.after, step->after) && good;
	good = copy(&own.guard, step->guard) && good;
	own.argv = step->argv ? copy_argv(step->argv) : NULL;
	good = (own.argv || !step->argv) && good;
	for (size_t i = 0; i < step->changes.n && good; i++)
		good = kargs_changes_add(&own.changes, step->changes.change[i].was,
					 step->changes.change[i].now) == 0;
	if (!good) {
		step_free(&own);
		return -ENOMEM;
	}
	plan->step[plan->n++] = own;
	return 0;
}

int kargs_plan_command(struct kargs_plan *plan, const char *guard, const char *const argv[])
{
	return kargs_plan_add(plan, &(struct kargs_step){.kind = KARGS_COMMAND,
							 .argv = (char **)argv,
							 .guard = (char *)guard});
}

/* "; the kernel needs: intel_iommu=on iommu=pt gpuclaim=1", to be freed */
static char *wanted_words(const struct kargs_view *view)
{
	char *words = strdup(view ? "; the kernel needs:" : "");

	for (size_t i = 0; view && i < view->n_wanted && words; i++) {
		char *more;

		if (asprintf(&more, "%s %s=%s", words, view->wanted[i].name,
			     view->wanted[i].value) < 0)
			more = NULL;
		free(words);
		words = more;
	}
	return words;
}

int kargs_plan_refuse(struct kargs_plan *plan, const struct kargs_view *view, const char *format,
		      ...)
{
	_cleanup_free_ char *words = wanted_words(view);
	_cleanup_free_ char *why = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&why, format, args);
	va_end(args);
	if (n < 0) {
		why = NULL;
		return -ENOMEM;
	}
	free(plan->refusal);
	plan->refusal = NULL;
	if (!words || asprintf(&plan->refusal, "%s%s", why, words) < 0) {
		plan->refusal = NULL;
		return -ENOMEM;
	}
	return 0;
}

bool kargs_plan_has_work(const struct kargs_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind != KARGS_WATCH)
			return true;
	return false;
}

bool kargs_plan_has_commands(const struct kargs_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == KARGS_COMMAND)
			return true;
	return false;
}

int kargs_line_is_complete(const struct kargs_view *view, const struct boot_line *line)
{
	for (size_t i = 0; i < view->n_wanted; i++) {
		int r = kargs_state(line->cmdline, &view->wanted[i], NULL);

		if (r != KARGS_PRESENT)
			return r < 0 ? r : 0;
	}
	return 1;
}

int kargs_plan_apply(const struct root *root, const struct kargs_view *view, struct kargs_plan *ret)
{
	struct kargs_plan plan _cleanup_kargs_plan_ = {0};
	int r = 0;

	if (view->loader.refusal)
		r = kargs_plan_refuse(&plan, view, "%s", view->loader.refusal);
	if (r == 0 && !plan.refusal)
		r = kargs_plan_check_conflicts(root, view, &plan);
	if (r == 0 && !plan.refusal)
		r = view->loader.kind == LOADER_GRUB_DROPIN ||
				    view->loader.kind == LOADER_GRUB_DEFAULT
			    ? kargs_plan_grub(root, view, &plan)
			    : kargs_plan_entries(root, view, &plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct kargs_plan){0};
	return 0;
}

int kargs_plan_check_masks(const struct root *root, struct kargs_plan *plan)
{
	for (size_t i = 0; i < plan->n && !plan->refusal; i++) {
		const struct kargs_step *step = &plan->step[i];
		char target[16];
		int r;

		if (step->kind != KARGS_FILE || step->editor == UNDO_LINK || !step->after ||
		    root_link_target(root, step->path, target, sizeof(target)) < 0 ||
		    strcmp(target, "/dev/null") != 0)
			continue;
		r = kargs_plan_refuse(
			plan, NULL,
			"/%s is a link to /dev/null, which keeps it empty: remove the link first",
			step->path);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_step(const struct kargs_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].path && strcmp(plan->step[i].path, path) == 0)
			return true;
	return false;
}

/* The folders of one file that neither are there nor are made for an earlier one. */
static int add_folders(const struct root *root, const char *path, struct kargs_plan *plan)
{
	struct text_list folders _cleanup_text_list_ = {0};
	int r = content_missing_folders(root, path, &folders);

	for (size_t i = 0; i < folders.n && r == 0; i++)
		if (!has_step(plan, folders.text[i]))
			r = kargs_plan_add(plan, &(struct kargs_step){.kind = KARGS_FILE,
								      .editor = UNDO_FOLDER,
								      .path = folders.text[i],
								      .after = (char *)""});
	return r;
}

int kargs_plan_folders(const struct root *root, struct kargs_plan *plan)
{
	struct kargs_plan all _cleanup_kargs_plan_ = {0}, old;
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++) {
		const struct kargs_step *step = &plan->step[i];

		if (step->kind == KARGS_FILE && step->after)
			r = add_folders(root, step->path, &all);
		if (r == 0)
			r = kargs_plan_add(&all, step);
	}
	if (r < 0)
		return r;
	old = *plan;
	plan->step = all.step;
	plan->n = all.n;
	all.step = old.step; /* to be freed */
	all.n = old.n;
	return 0;
}
