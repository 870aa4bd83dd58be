/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan that takes our arguments back. */
#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/plan.h"
#include "ctl/kargs/revert.h"
#include "ctl/change/take_out.h"
#include "ctl/kargs/loaders.h"
#include "ctl/machine/recipe_text.h"
#include "grub/boot_env.h"
#include "helper/base/root.h"

/* What the file holds now, or what stands for it. */
static int read_current(const struct root *root, const struct kargs_view *view,
			const struct undo_file *file, char **ret)
{
	switch (file->editor) {
	case UNDO_GRUBENV:
		*ret = boot_grubenv(root, &view->loader, "kernelopts");
		return 0;
	case UNDO_OSTREE:
		*ret = NULL;
		for (size_t i = 0; i < view->lines.n; i++)
			if (view->lines.line[i].kind == BOOT_NEXT)
				return text_copy(view->lines.line[i].cmdline, ret);
		return 0;
	default:
		return content_read(root, file->editor, file->path, ret);
	}
}

/* Does the running kernel have any of the arguments? */
static int is_running(const struct kargs_view *view, const struct kargs_changes *changes)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		_cleanup_free_ char *text = NULL;
		size_t gone;
		int r;

		if (line->kind != BOOT_RUNNING)
			continue;
		r = kargs_revert(line->cmdline, changes, &text, &gone);
		return r < 0 ? 0 : gone < changes->n;
	}
	return 0;
}

/* Without the file a kernel update copies the running arguments, ours among them. */
static int keep_cmdline(const struct kargs_view *view, const struct undo_file *file,
			const char *current, char **target, struct change_plan *plan)
{
	size_t gone;
	int r;

	if (file->editor != UNDO_CMDLINE || file->before || *target || !current ||
	    !is_running(view, &file->changes))
		return 0;
	r = kargs_revert(current, &file->changes, target, &gone);
	return r < 0 ? r
		     : text_list_add(
			       &plan->warnings,
			       "/%s stays, without our arguments: while the running kernel has them, a kernel update would copy them from there",
			       file->path);
}

static int set_grubenv(const struct root *root, const char *value, struct change_plan *plan)
{
	_cleanup_free_ char *words = NULL;
	char tool[64];

	if (!loader_find_tool(root, "grub2-editenv", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub-editenv", tool, sizeof(tool)))
		return text_list_add(&plan->warnings,
				     "grub2-editenv is not there: kernelopts stays as it is");
	if (asprintf(&words, "kernelopts=%s", value) < 0) {
		words = NULL;
		return -ENOMEM;
	}
	return change_plan_command(plan, NULL,
				   (const char *const[]){tool, "-", "set", words, NULL});
}

static int set_ostree(const struct kargs_view *view, const struct undo_file *file,
		      struct change_plan *plan)
{
	char *argv[2 + 2 * KARGS_ALL + 1] = {(char *)view->loader.tool, (char *)"kargs"};
	size_t n = 2;
	int r = 0;

	for (size_t i = 0; i < file->changes.n && n + 2 < ARRAY_SIZE(argv) && r == 0; i++) {
		const struct kargs_change *c = &file->changes.change[i];

		if (asprintf(&argv[n], "--delete-if-present=%s", c->now) < 0 ||
		    (n++, *c->was && asprintf(&argv[n], "--append-if-missing=%s", c->was) < 0))
			r = -ENOMEM;
		else
			n += *c->was != '\0';
	}
	argv[n] = NULL;
	if (r == 0)
		r = change_plan_add(plan,
				    &(struct change_step){.kind = CHANGE_COMMAND, .argv = argv});
	while (n-- > 2)
		free(argv[n]);
	return r;
}

/* Another hand has made of the file what we can't read: it is told what to take out. */
static int leave(const struct undo_file *file, struct change_plan *plan)
{
	_cleanup_free_ char *words = strdup("");

	for (size_t i = 0; i < file->changes.n && words; i++) {
		const struct kargs_change *c = &file->changes.change[i];
		char *more;

		if (asprintf(&more, "%s%s %s%s%s", words, i ? "," : "", c->now,
			     *c->was ? ", which was " : "", c->was) < 0)
			more = NULL;
		free(words);
		words = more;
	}
	if (!words || text_list_add(&plan->left, "%s", file->path) < 0)
		return -ENOMEM;
	return text_list_add(
		&plan->warnings,
		"/%s: another hand has changed it since, and where our changes are can't be told; take out by hand:%s",
		file->path, *words ? words : " what gpuclaimctl wrote");
}

int kargs_plan_restore(const struct root *root, const struct kargs_view *view,
		       const struct undo *undo, const struct undo_file *file,
		       struct change_plan *plan)
{
	_cleanup_free_ char *current = NULL, *target = NULL;
	size_t gone = 0;
	int r = read_current(root, view, file, &current);

	if (r < 0)
		return r;
	/* What a program spoilt while we were killed is not another hand's. */
	if (undo->open && file->guarded)
		r = text_copy(file->before, &target);
	else
		r = undo_without_ours(file, current, &target, &gone);
	if (r == -EINVAL)
		return leave(file, plan);
	if (r == 0 && file->editor != UNDO_FOLDER)
		r = undo_warn(file, current, gone, &plan->warnings);
	if (r == 0)
		r = keep_cmdline(view, file, current, &target, plan);
	if (r < 0 || content_equal(current, target))
		return r;
	if (file->editor == UNDO_GRUBENV)
		return target ? set_grubenv(root, target, plan) : 0;
	if (file->editor == UNDO_OSTREE)
		return set_ostree(view, file, plan);
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .path = file->path,
							   .editor = file->editor,
							   .before = current,
							   .after = target});
}

int kargs_plan_revert(const struct root *root, const struct kargs_view *view,
		      const struct undo *undo, struct change_plan *ret)
{
	struct change_plan plan _cleanup_change_plan_ = {0};
	int r = 0;

	for (size_t i = 0; i < undo->n && r == 0 && !plan.refusal; i++)
		if (undo->file[i].editor != UNDO_FOLDER)
			r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	for (size_t i = undo->n; i-- > 0 && r == 0 && !plan.refusal;)
		if (undo->file[i].editor == UNDO_FOLDER)
			r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	if (r == 0 && !plan.refusal && undo->n)
		r = kargs_loader_of(&view->loader)->revert(root, view, undo, &plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct change_plan){0};
	return 0;
}
