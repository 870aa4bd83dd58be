/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/revert.h"

#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/editor.h"
#include "ctl/change/plan.h"
#include "ctl/loaders/loaders.h"
#include "boot/entries.h"
#include "helper/base/root.h"
#include "helper/base/text_buffer.h"

static const struct boot_line *find_next(const struct kargs_view *view)
{
	for (size_t i = 0; i < view->lines.n; i++)
		if (view->lines.line[i].kind == BOOT_NEXT)
			return &view->lines.line[i];
	return NULL;
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

	if (!editor_of(file->editor)->replaced || file->before || *target || !current ||
	    !is_running(view, &file->changes))
		return 0;
	r = kargs_revert(current, &file->changes, target, &gone);
	return r < 0 ? r
		     : text_list_add(
			       &plan->warnings,
			       "/%s stays, without our arguments: while the running kernel has them, a kernel update would copy them from there",
			       file->path);
}

/* By a command of the machine's. */
static int set_arguments(const struct kargs_view *view, const struct arguments_revert *wanted,
			 struct change_plan *plan)
{
	struct arguments_revert revert = *wanted;
	_cleanup_free_ const char **argv = NULL;
	int r = editor_of(revert.file->editor)->revert_arguments(&view->loader, &revert);

	argv = calloc(revert.words.n + 1, sizeof(*argv));
	if (!argv)
		r = -ENOMEM;
	for (size_t i = 0; i < revert.words.n && r == 0; i++)
		argv[i] = revert.words.text[i];
	if (r == 0)
		r = change_plan_command(plan, argv);
	text_list_free(&revert.words);
	return r;
}

/* Each boot may give an entry another name, which counts it. */
static char *path_now(const struct kargs_view *view, const struct undo_file *file)
{
	char *path = file->path;

	for (size_t i = 0; i < view->lines.n && file->editor == UNDO_BLS; i++) {
		char *entry = view->lines.line[i].entry;

		if (entry && strcmp(entry, file->path) == 0)
			return entry;
		if (entry && boot_entry_is_same(entry, file->path))
			path = entry;
	}
	return path;
}

/* Another hand has made of the file what we can't read: it is told what to take out. */
static int leave(const struct undo_file *file, struct change_plan *plan)
{
	struct text_buffer list _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *words = NULL;

	for (size_t i = 0; i < file->changes.n; i++) {
		const struct kargs_change *c = &file->changes.change[i];

		text_addf(&list, "%s %s%s%s", i ? "," : "", c->now, *c->was ? ", which was " : "",
			  c->was);
	}
	words = text_take_or_null(&list);
	if (!words || text_list_add(&plan->left, "%s", file->path) < 0)
		return -ENOMEM;
	return text_list_add(
		&plan->warnings,
		"/%s: somebody else has changed it since, and our changes can't be found in it; take out by hand:%s",
		file->path, *words ? words : " what gpuclaimctl wrote");
}

int kargs_plan_restore(const struct root *root, const struct kargs_view *view,
		       const struct undo *undo, const struct undo_file *known,
		       struct change_plan *plan)
{
	struct undo_file now = *known, *file = &now;
	_cleanup_free_ char *current = NULL, *target = NULL;
	size_t gone = 0;
	const struct boot_line *next = find_next(view);
	const struct arguments arguments = {&view->loader, next ? next->cmdline : NULL};
	const struct editor *editor = editor_of(file->editor);
	int r;

	/* What can't be read may have our change. */
	if (editor->thing == THING_ARGUMENTS && next && !next->cmdline)
		return change_plan_refuse(plan, "%s: %s", next->source, next->why);
	now.path = path_now(view, known);
	r = editor_read(root, &arguments, file, &current);
	if (r < 0)
		return r;
	/* What a program spoilt while we were killed is not another hand's. */
	if (undo->open && file->guarded)
		r = text_copy(file->before, &target);
	else
		r = undo_without_ours(file, current, &target, &gone);
	if (r == -EINVAL)
		return leave(known, plan);
	if (r == 0)
		r = undo_warn(file, current, gone, &plan->warnings);
	if (r == 0)
		r = keep_cmdline(view, file, current, &target, plan);
	if (r < 0 || content_equal(current, target))
		return r;
	if (editor->thing == THING_ARGUMENTS)
		return target ? set_arguments(view, &(struct arguments_revert){file, target, {0}},
					      plan)
			      : 0;
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .path = file->path,
							   .editor = file->editor,
							   .before = current,
							   .after = target});
}

static bool is_folder(const struct undo_file *file)
{
	return editor_of(file->editor)->thing == THING_FOLDER;
}

/* Did we put gpuclaim=1 there? A file may have had it before, and so may an entry that is only
 * watched. */
static bool arms(const struct undo_file *file)
{
	static const char arming[] = "gpuclaim=1";

	for (size_t i = 0; i < file->changes.n; i++)
		if (strcmp(file->changes.change[i].now, arming) == 0)
			return true;
	return file->editor != UNDO_BLS && file->after && strstr(file->after, arming) &&
	       !(file->before && strstr(file->before, arming));
}

static bool is_of_file(const struct boot_line *line, const struct undo_file *file)
{
	return line->entry
		       ? boot_entry_is_same(line->entry, file->path)
		       : line->source && *line->source && strcmp(line->source + 1, file->path) == 0;
}

/* A file that we edit is in the record; what is not edited is made from files that are, and never
 * from entries. */
static bool is_armed_by(const struct undo *undo, const struct boot_line *line)
{
	bool edits_entries = false, armed = false;

	for (size_t i = 0; i < undo->n; i++) {
		const struct undo_file *file = &undo->file[i];

		if (is_of_file(line, file))
			return arms(file);
		if (file->editor == UNDO_BLS)
			edits_entries = true;
		else
			armed |= arms(file);
	}
	return armed && !(line->entry && edits_entries);
}

/* Arguments that a program stores are no template: an image that has ours has them from elsewhere.
 */
static bool is_images_own(const struct undo *undo, const struct boot_line *line)
{
	for (size_t i = 0; i < undo->n && line->kind == BOOT_NEW; i++)
		if (editor_of(undo->file[i].editor)->thing == THING_ARGUMENTS)
			return true;
	return false;
}

int kargs_find_armed(const struct kargs_view *view, const struct undo *undo,
		     struct text_list *sources)
{
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r >= 0; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind == BOOT_RUNNING || !line->cmdline || !kargs_line_is_judged(line) ||
		    is_images_own(undo, line) || !is_armed_by(undo, line) ||
		    text_list_has(sources, line->source))
			continue;
		r = kargs_state(line->cmdline, &view->wanted[view->n_wanted - 1], NULL);
		if (r == KARGS_PRESENT)
			r = text_list_add(sources, "%s", line->source);
	}
	return r < 0 ? r : 0;
}

int kargs_plan_revert(const struct root *root, const struct kargs_view *view,
		      const struct undo *undo, struct change_plan *ret)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r = 0;

	/* Its own commands are part of it. */
	if (view->loader.unread)
		return change_plan_refuse(ret, "%s", view->loader.refusal);
	if (view->unmounted && undo->n)
		return change_plan_refuse(ret, "%s", kargs_refusal(view));
	/* The last one goes first: what kept a rescue entry unarmed stays until the rest is. */
	for (size_t i = undo->n; i-- > 0 && r == 0 && !plan.refusal;)
		if (!is_folder(&undo->file[i]))
			r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	for (size_t i = undo->n; i-- > 0 && r == 0 && !plan.refusal;)
		if (is_folder(&undo->file[i]))
			r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	if (r == 0 && !plan.refusal && undo->n)
		r = kargs_loader_of(&view->loader)->revert(root, view, undo, &plan);
	return HAND_OVER(r, ret, plan);
}
