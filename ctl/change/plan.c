/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/plan.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/edit.h"
#include "ctl/change/editor.h"

static void step_free(struct change_step *step)
{
	free(step->path);
	free(step->before);
	free(step->after);
	for (char **word = step->argv; word && *word; word++)
		free(*word);
	free(step->argv);
	kargs_changes_free(&step->changes);
}

void change_plan_free(struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		step_free(&plan->step[i]);
	free(plan->step);
	free(plan->refusal);
	text_list_free(&plan->warnings);
	text_list_free(&plan->left);
	*plan = (struct change_plan){0};
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

int change_plan_add(struct change_plan *plan, const struct change_step *step)
{
	struct change_step own = *step;
	bool good;

	own.changes = (struct kargs_changes){0};
	good = text_copy(step->path, &own.path) == 0;
	good = text_copy(step->before, &own.before) == 0 && good;
	good = text_copy(step->after, &own.after) == 0 && good;
	own.argv = step->argv ? copy_argv(step->argv) : NULL;
	good = (own.argv || !step->argv) && good;
	for (size_t i = 0; i < step->changes.n && good; i++)
		good = kargs_changes_add(&own.changes, step->changes.change[i].was,
					 step->changes.change[i].now) == 0;
	if (good && ARRAY_ADD(plan->step, plan->n, own) == 0)
		return 0;
	step_free(&own);
	return -ENOMEM;
}

int change_plan_append(struct change_plan *to, const struct change_plan *from)
{
	int r = 0;

	for (size_t i = 0; i < from->n && r == 0; i++)
		r = change_plan_add(to, &from->step[i]);
	return r;
}

int change_plan_command(struct change_plan *plan, const char *const argv[])
{
	return change_plan_add(
		plan, &(struct change_step){.kind = CHANGE_COMMAND, .argv = (char **)argv});
}

bool change_plan_has_work(const struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind != CHANGE_WATCH)
			return true;
	return false;
}

bool change_plan_has_commands(const struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == CHANGE_COMMAND)
			return true;
	return false;
}

/* Who put a link in the place of a file of ours would have us write another. */
bool change_step_leads_elsewhere(const struct root *root, const struct change_step *step)
{
	const char *slash = step->path ? strrchr(step->path, '/') : NULL;
	const char *folder = "etc/gpuclaim/", *text = step->before ? step->before : "";
	char target[PATH_MAX];

	return step->kind == CHANGE_FILE && slash && editor_of(step->editor)->thing == THING_FILE &&
	       (strstr(slash, "gpuclaim") || strncmp(step->path, folder, strlen(folder)) == 0) &&
	       !memmem(text, strcspn(text, "\n"), "gpuclaim", strlen("gpuclaim")) &&
	       root_link_target(root, step->path, target, sizeof(target)) == 0;
}

int change_plan_check_links(const struct root *root, struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n && !plan->refusal; i++)
		if (change_step_leads_elsewhere(root, &plan->step[i]))
			return change_plan_refuse(plan, CHANGE_ELSEWHERE, plan->step[i].path);
	return 0;
}

/* "." and ".." of a path below the root are taken away, by its text. */
static void flatten(char *path)
{
	char *to = path;

	for (char *at = path, *next; *at; at = next) {
		size_t n = strcspn(at, "/");

		next = at + n + (at[n] == '/');
		if (n == 2 && strncmp(at, "..", 2) == 0) {
			to -= to > path;
			while (to > path && to[-1] != '/')
				to--;
		} else if (n > 0 && !(n == 1 && *at == '.')) {
			memmove(to, at, (size_t)(next - at));
			to += next - at;
		}
	}
	*to = '\0';
}

/* What a package, an image or the kernel put there, and does not expect to be edited. */
static bool is_of_others(const char *path, const char *resolved)
{
	static const char *const folders[] = {"usr/", "proc/", "sys/", "nix/", "gnu/"};

	if (!text_starts_with(path, "etc/") || text_starts_with(resolved, "usr/local/"))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (text_starts_with(resolved, folders[i]))
			return true;
	return false;
}

/* Its target gets what is written. Return: 0: it is no link, 1: it is one, or an errno */
static int check_link(const struct root *root, const struct change_step *step,
		      struct change_plan *plan)
{
	_cleanup_free_ char *resolved = NULL;
	char target[PATH_MAX];
	int r = root_link_target(root, step->path, target, sizeof(target));

	if (r < 0)
		return r != -ENOENT;
	if (strcmp(target, "/dev/null") == 0)
		r = change_plan_refuse(
			plan,
			"/%s is a link to /dev/null, which keeps it empty: remove the link first",
			step->path);
	else if (!step->before)
		r = change_plan_refuse(
			plan, "/%s is a link to %s, where nothing is: remove the link first",
			step->path, target);
	else
		r = edit_resolve(root, step->path, &resolved);
	if (resolved)
		flatten(resolved);
	if (resolved && is_of_others(step->path, resolved))
		r = change_plan_refuse(
			plan,
			"/%s is a link to /%s, which is not the administrator's to edit: put a copy in the place of the link first",
			step->path, resolved);
	return r < 0 ? r : 1;
}

int change_plan_check_masks(const struct root *root, struct change_plan *plan)
{
	bool links = false; /* there may be some */

	for (size_t i = 0; i < plan->n && !plan->refusal; i++) {
		const struct change_step *step = &plan->step[i];
		int r;

		if (step->kind != CHANGE_FILE || editor_of(step->editor)->thing == THING_LINK)
			continue;
		links |= !step->after;
		if (!step->after)
			continue;
		r = check_link(root, step, plan);
		links |= r != 0;
		if (r < 0)
			return r;
	}
	return links ? change_plan_check_links(root, plan) : 0;
}

static bool has_step(const struct change_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].path && strcmp(plan->step[i].path, path) == 0)
			return true;
	return false;
}

/* Those that neither are there nor are made for an earlier file. */
int change_plan_add_folders(const struct root *root, const char *path, struct change_plan *plan)
{
	struct text_list folders _cleanup_(text_list_free) = {0};
	int r = content_missing_folders(root, path, &folders);

	for (size_t i = 0; i < folders.n && r == 0; i++)
		if (!has_step(plan, folders.text[i]))
			r = change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
									.editor = UNDO_FOLDER,
									.path = folders.text[i],
									.after = (char *)""});
	return r;
}

int change_plan_folders(const struct root *root, struct change_plan *plan)
{
	struct change_plan all _cleanup_(change_plan_free) = {0}, old;
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++) {
		const struct change_step *step = &plan->step[i];

		if (step->kind == CHANGE_FILE && step->after)
			r = change_plan_add_folders(root, step->path, &all);
		if (r == 0)
			r = change_plan_add(&all, step);
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
