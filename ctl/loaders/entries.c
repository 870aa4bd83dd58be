/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/loaders/entries.h"

#include <stdio.h>
#include <string.h>

#include "ctl/loaders/wanted.h"
#include "grub/bls.h"
#include "grub/grubenv.h"
#include "boot/new.h"
#include "helper/base/root.h"

#define CMDLINE_PATH "etc/kernel/cmdline"

void kargs_wish_free(struct kargs_wish *wish)
{
	free(wish->words);
	kargs_changes_free(&wish->changes);
}

int kargs_wish_make(const struct kargs_view *view, const char *cmdline, struct kargs_wish *ret)
{
	ret->words = strdup("");
	if (!ret->words)
		return -ENOMEM;
	for (size_t i = 0; i < view->n_wanted; i++) {
		_cleanup_free_ char *was = NULL, *now = NULL;
		char *more;
		int r = kargs_state(cmdline, &view->wanted[i], NULL);

		if (r == KARGS_PRESENT)
			continue;
		if (r >= 0)
			r = kargs_merged(cmdline, &view->wanted[i], &was, &now);
		if (r == 0)
			r = kargs_changes_add(&ret->changes, was, now);
		if (r < 0)
			return r;
		if (asprintf(&more, "%s%s%s", ret->words, *ret->words ? " " : "", now) < 0)
			return -ENOMEM;
		free(ret->words);
		ret->words = more;
	}
	return 0;
}

int kargs_watch_entry(const struct boot_line *line, const struct kargs_changes *changes,
		      struct change_plan *plan)
{
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_WATCH,
							   .path = line->entry,
							   .editor = UNDO_BLS,
							   .before = line->text,
							   .changes = *changes});
}

int kargs_wish_of_entry(const struct kargs_view *view, const struct boot_line *line,
			struct kargs_wish *ret, struct change_plan *plan)
{
	int r;

	if (line->kind != BOOT_KERNEL || !line->entry)
		return 0;
	if (kargs_line_is_judged(line))
		r = kargs_wish_make(view, line->cmdline, ret);
	else
		r = (ret->words = strdup("")) ? 0 : -ENOMEM;
	if (r == 0)
		r = kargs_watch_entry(line, &ret->changes, plan);
	return r < 0 ? r : *ret->words != '\0';
}

/* What /etc/kernel/cmdline would have to say: as the entry that boots next, tuned's part aside. */
static int first_cmdline(const struct kargs_view *view, char **ret)
{
	static const char *const others[] = {"$tuned_params", "initrd", "BOOT_IMAGE"};
	_cleanup_free_ char *options = NULL, *clean = NULL;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		int r;

		if (line->kind != BOOT_NEXT || !line->entry)
			continue;
		r = bls_options(line->text, &options, NULL);
		if (r < 0)
			return r;
		clean = kargs_without(options, others, ARRAY_SIZE(others));
		return clean && asprintf(ret, "%s\n", clean) >= 0 ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

int kargs_plan_cmdline(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_FILE, .path = (char *)CMDLINE_PATH, .editor = UNDO_CMDLINE};
	_cleanup_free_ char *before = NULL, *first = NULL, *after = NULL;
	const char *from = NULL;
	int r = root_read_text(root, CMDLINE_PATH, &before);

	if (r == -ENOENT) {
		r = first_cmdline(view, &first);
		if (r == -ENOENT)
			r = boot_new_cmdline(root, &first, &from);
		if (r == -ENOENT)
			return text_list_add(
				&plan->warnings,
				"/" CMDLINE_PATH
				" is missing, and nothing tells what to put there: new kernels won't have the arguments");
	}
	if (r < 0)
		return r;
	if (before && strchr(before, '#') && (*before == '#' || strstr(before, "\n#")))
		return kargs_refuse(plan, view, "/" CMDLINE_PATH ": a comment line is in it");
	r = kargs_apply(before ? before : first, view->wanted, view->n_wanted, &after,
			&step.changes);
	if (r == 0 && (!before || step.changes.n > 0)) {
		step.before = before;
		step.after = after;
		r = change_plan_add(plan, &step);
	}
	kargs_changes_free(&step.changes);
	return r;
}

static int gather_changes(const struct undo *undo, struct kargs_changes *all)
{
	int r = 0;

	for (size_t i = 0; i < undo->n; i++)
		for (size_t j = 0; j < undo->file[i].changes.n && r == 0; j++)
			r = kargs_changes_add(all, undo->file[i].changes.change[j].was,
					      undo->file[i].changes.change[j].now);
	return r;
}

int kargs_revert_entries(const struct root *root _unused_, const struct kargs_view *view,
			 const struct undo *undo, struct change_plan *plan)
{
	struct kargs_changes all _cleanup_kargs_changes_ = {0};
	int r = gather_changes(undo, &all);

	for (size_t i = 0; i < view->lines.n && r == 0; i++) {
		const struct boot_line *line = &view->lines.line[i];
		_cleanup_free_ char *target = NULL;
		size_t gone;

		if (line->kind != BOOT_KERNEL || !line->entry ||
		    undo_find((struct undo *)undo, line->entry))
			continue;
		r = bls_revert(line->text, &all, &target, &gone);
		if (r == 0 && strcmp(line->text, target) != 0)
			r = change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
									.path = line->entry,
									.editor = UNDO_BLS,
									.before = line->text,
									.after = target});
	}
	return r;
}

/* Of a template that is not in the record. */
int kargs_revert_cmdline(const struct root *root, const struct undo *undo, struct change_plan *plan)
{
	struct kargs_changes all _cleanup_kargs_changes_ = {0};
	_cleanup_free_ char *before = NULL, *after = NULL;
	size_t gone;
	int r = undo_find((struct undo *)undo, CMDLINE_PATH)
			? -ENOENT
			: root_read_text(root, CMDLINE_PATH, &before);

	if (r == 0)
		r = gather_changes(undo, &all);
	if (r == 0)
		r = kargs_revert(before, &all, &after, &gone);
	if (r < 0 || strcmp(before, after) == 0)
		return r == -ENOENT || r == -EINVAL ? 0 : r;
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .path = (char *)CMDLINE_PATH,
							   .editor = UNDO_CMDLINE,
							   .before = before,
							   .after = after});
}

/* A kernel's entry gets what it lacks once the block is as it will be. */
static int edit_kernel(const struct kargs_view *view, const char *block,
		       const struct boot_line *line, struct change_step *step)
{
	_cleanup_free_ char *options = NULL, *cmdline = NULL;
	struct kargs_wanted missing[KARGS_ALL];
	size_t n = 0;
	int r = bls_options(line->text, &options, NULL);

	if (r < 0)
		return r;
	cmdline = grubenv_expand(block, options);
	r = cmdline ? kargs_find_missing(view, cmdline, missing, &n) : -ENOMEM;
	return r < 0 ? r : bls_apply(line->text, missing, n, &step->after, &step->changes);
}

/* What mkconfig may spread to it is known as ours, too. */
static int edit_rescue(const struct kargs_view *view, const char *block,
		       const struct boot_line *line, struct change_step *step)
{
	struct kargs_wish wish _cleanup_kargs_wish_ = {0};
	int r = kargs_wish_make(view, line->cmdline, &wish);

	for (size_t i = 0; i < wish.changes.n && r == 0; i++)
		r = kargs_changes_add(&step->changes, wish.changes.change[i].was,
				      wish.changes.change[i].now);
	return r < 0 ? r : bls_disarm(line->text, block, &step->after, &step->changes);
}

int kargs_edit_entry(const struct kargs_view *view, const char *block, const struct boot_line *line,
		     struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_FILE, .path = line->entry, .editor = UNDO_BLS, .before = line->text};
	int r = line->recovery ? edit_rescue(view, block, line, &step)
			       : edit_kernel(view, block, line, &step);

	if (r == 0 && strcmp(step.before, step.after) == 0)
		step.kind = CHANGE_WATCH;
	if (r == 0)
		r = change_plan_add(plan, &step);
	else if (r == -EINVAL || r == -EEXIST || r == -ENOENT)
		r = kargs_refuse(plan, view,
				 "%s: its options can't be edited; add the arguments by hand",
				 line->source);
	kargs_changes_free(&step.changes);
	free(step.after);
	return r;
}
