/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/edit.h"
#include "ctl/change/editor.h"
#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "boot/entries.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

void change_run_free(struct change_run *run)
{
	undo_free(&run->undo);
	text_list_free(&run->done);
	free(run->error);
	free(run->output);
}

const char *change_step_verb(const struct change_step *step)
{
	if (!step->before)
		return "create";
	return step->after ? "edit" : "remove";
}

static const char *record_name(const struct change_run *run)
{
	return run->record ? run->record : KARGS_RECORD;
}

/* Keeps the first error; returns @r. */
_printf_(3, 4) static int fail(struct change_run *run, int r, const char *format, ...)
{
	va_list args;

	if (run->error)
		return r;
	va_start(args, format);
	(void)!text_replace(&run->error, format, args);
	va_end(args);
	return r;
}

static int write_record(struct change_run *run, bool open)
{
	int r;

	run->undo.open = open;
	r = undo_write(run->root, record_name(run), &run->undo);
	return r < 0 ? fail(run, r, "the record of changes can't be written: %s", strerror(-r)) : 0;
}

/* The past tense, as all of them are regular. */
static int note_done(struct change_run *run, const struct change_step *step)
{
	const char *verb = change_step_verb(step);

	if (editor_of(step->editor)->thing == THING_FOLDER)
		return 0; /* whoever reads of the file in it knows */
	return text_list_add(&run->done, "%s%s /%s", verb,
			     verb[strlen(verb) - 1] == 'e' ? "d" : "ed", step->path);
}

/* A change may take place and fail: the file is new, and its folder can't be synced. */
static bool is_done(const struct change_run *run, const struct change_step *step)
{
	_cleanup_free_ char *now = NULL;

	return editor_of(step->editor)->read(run->root, step->path, &now) < 0 ||
	       !content_equal(now, step->before);
}

static int run_file(struct change_run *run, const struct change_step *step)
{
	int r;

	if (step->mode && step->after && !step->before)
		r = edit_replace_as(run->root, step->path, step->after,
				    &(struct edit_owner){step->mode, step->group});
	else
		r = editor_of(step->editor)->put(run->root, step->path, step->after);
	if (r == 0)
		return note_done(run, step);
	fail(run, r, "/%s: cannot %s it: %s", step->path, change_step_verb(step), strerror(-r));
	if (is_done(run, step) && note_done(run, step) < 0)
		return -ENOMEM;
	return r;
}

static int run_command(struct change_run *run, const struct change_step *step)
{
	_cleanup_free_ char *words = exec_format((const char *const *)step->argv);
	_cleanup_free_ char *output = NULL;
	const struct exec_watch insist = {.insist = true};
	int r;

	if (!words)
		return -ENOMEM;
	if (run->no_exec)
		return text_list_add(&run->done, "to be run: %s", words);
	r = exec_run(run->root, (const char *const *)step->argv, run->insist ? &insist : run->watch,
		     &output);
	run->began |= r >= 0 || r == -EINTR;
	if (r == 0)
		return text_list_add(&run->done, "ran %s", words);
	if (r == -EINTR)
		return fail(run, r, "%s: interrupted", words);
	run->output = TAKE_PTR(output);
	if (r < 0)
		return fail(run, r, "%s: cannot be run: %s", words, strerror(-r));
	return fail(run, -EIO, "%s: failed with exit status %d", words, r);
}

/* Back to where each file was before this run, the last one first. */
static int roll_back(struct change_run *run, const struct change_plan *plan)
{
	int result = 0;

	for (size_t i = plan->n; i-- > 0;) {
		const struct change_step *step = &plan->step[i];
		const struct editor *editor = editor_of(step->editor);
		_cleanup_free_ char *now = NULL;
		int r;

		/* What a program stored is left to take_back(). */
		if (step->kind == CHANGE_COMMAND || editor->thing == THING_ARGUMENTS)
			continue;
		r = editor->read(run->root, step->path, &now);
		if (r == 0 && !content_equal(now, step->before))
			r = editor->put(run->root, step->path, step->before);
		if (r < 0)
			result = r;
	}
	return result;
}

/* What a program wrote where it was ended, or failed, nobody knows but who looks. */
static int take_back(struct change_run *run, const struct change_plan *plan)
{
	int r = roll_back(run, plan);

	if (r < 0 || !run->began)
		return r;
	return run->restore ? run->restore(run->context) : -EIO;
}

static int run_step(struct change_run *run, const struct change_step *step)
{
	if (step->kind == CHANGE_WATCH)
		return 0;
	if (exec_is_interrupted() && !run->insist)
		return fail(run, -EINTR, "interrupted");
	return step->kind == CHANGE_FILE ? run_file(run, step) : run_command(run, step);
}

int change_run_steps(struct change_run *run, const struct change_plan *plan)
{
	int r = 0;

	exec_hold_interrupts();
	for (size_t i = 0; i < plan->n; i++)
		if (change_step_leads_elsewhere(run->root, &plan->step[i]))
			return fail(run, -EPERM, CHANGE_ELSEWHERE, plan->step[i].path);

	for (size_t i = 0; i < plan->n && r == 0; i++)
		r = run_step(run, &plan->step[i]);
	return r;
}

/* An entry whose boots are counted has another name after each of them. */
static int follow_name(struct change_run *run, const struct change_step *step)
{
	struct undo *undo = &run->undo;
	char *path;

	if (step->editor != UNDO_BLS || undo_find(undo, step->path))
		return 0;
	for (size_t i = 0; i < undo->n; i++) {
		struct undo_file *file = &undo->file[i];

		if (!boot_entry_is_same(file->path, step->path) ||
		    root_look(run->root, file->path) != -ENOENT)
			continue;
		path = strdup(step->path);
		if (!path)
			return -ENOMEM;
		free(file->path);
		file->path = path;
		return 0;
	}
	return 0;
}

/* As often as they stand there: a rescue entry may be armed twice. */
static int take_all_out(const struct undo_file *words, const char *text, char **ret)
{
	size_t gone;
	int r = undo_without_ours(words, text, ret, &gone);

	for (size_t left = strlen(text); r == 0 && *ret && strlen(*ret) < left;) {
		_cleanup_free_ char *less = TAKE_PTR(*ret);

		left = strlen(less);
		r = undo_without_ours(words, less, ret, &gone);
	}
	return r;
}

/*
 * What the record keeps as "before" is the file without our changes, with everybody else's:
 * what others did since the last run belongs there.
 */
static int note_step(struct change_run *run, const struct change_step *step)
{
	struct undo_file *known = undo_find(&run->undo, step->path);
	_cleanup_free_ char *before = NULL;
	struct undo_file file = {
		.path = step->path,
		.before = step->ours ? NULL : step->before,
		.after = step->after,
		.editor = step->editor,
		.changes = step->changes,
	};
	struct undo_file words = {
		.path = step->path, .editor = step->editor, .changes = step->changes};
	size_t gone;
	int r;

	/* What is new may have our words, too: it was made from a template that had them. */
	if (!known && step->before && step->changes.n)
		known = &words;
	if (known && !step->ours) {
		r = known == &words ? take_all_out(known, step->before, &before)
				    : undo_without_ours(known, step->before, &before, &gone);
		if (r == -ENOMEM)
			return r;
		if (r == 0)
			file.before = before;
	}
	return undo_note(&run->undo, &file);
}

static int note_steps(struct change_run *run, const struct change_plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++) {
		if (plan->step[i].kind == CHANGE_COMMAND)
			continue;
		r = follow_name(run, &plan->step[i]);
		if (r == 0)
			r = note_step(run, &plan->step[i]);
	}
	return r;
}

static bool is_any_watched(const struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++)
		if (plan->step[i].kind == CHANGE_WATCH)
			return true;
	return false;
}

/* What the programs made of the files that were watched: kept, to know it again at a revert. */
static int note_results(struct change_run *run, const struct change_plan *plan)
{
	const struct arguments arguments = {.loader = run->loader};

	for (size_t i = 0; i < plan->n && !run->no_exec; i++) {
		const struct change_step *step = &plan->step[i];
		struct undo_file *file = undo_find(&run->undo, step->path ? step->path : "");
		int r;

		if (step->kind != CHANGE_WATCH || !file)
			continue;
		free(file->after);
		file->after = NULL;
		r = editor_read(run->root, &arguments, file, &file->after);
		if (r < 0)
			return fail(run, r, "/%s: %s", step->path, strerror(-r));
	}
	return 0;
}

/* The record as it was, for a run that came to nothing. */
static int copy_record(const struct undo *undo, struct undo *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r = undo_render(undo, &text, &size);

	return r < 0 ? r : undo_parse(text, size, ret);
}

int change_run_resume(struct change_run *run)
{
	for (size_t i = 0; run->undo.open && i < run->undo.n; i++) {
		const struct undo_file *file = &run->undo.file[i];
		_cleanup_free_ char *now = NULL;
		int r;

		if (!file->guarded)
			continue;
		r = root_read_text(run->root, file->path, &now);
		if (r < 0)
			return r;
		if (content_equal(now, file->before) || content_equal(now, file->after))
			continue;
		r = content_put_file(run->root, file->path, file->after);
		if (r == 0)
			r = text_list_add(&run->done,
					  "put back /%s, which an interrupted run had spoilt",
					  file->path);
		if (r < 0)
			return r;
	}
	return 0;
}

int change_run_close(struct change_run *run, const struct change_plan *plan)
{
	int r = note_results(run, plan);

	return r < 0 ? r : write_record(run, false);
}

/* Where nothing can be written, it may never have been another one. */
static bool restore_record(const struct change_run *run, const struct undo *old)
{
	struct undo now _cleanup_(undo_free) = {0};
	_cleanup_free_ char *before = NULL, *after = NULL;
	size_t size_before, size_after;

	if (undo_write(run->root, record_name(run), old) == 0)
		return true;
	return undo_read(run->root, record_name(run), &now) == 0 &&
	       undo_render(old, &before, &size_before) == 0 &&
	       undo_render(&now, &after, &size_after) == 0 && size_before == size_after &&
	       memcmp(before, after, size_before) == 0;
}

int change_run_apply(struct change_run *run, const struct change_plan *plan)
{
	struct undo old _cleanup_(undo_free) = {0};
	int r = copy_record(&run->undo, &old);

	exec_hold_interrupts();
	if (r < 0) {
		run->nothing_changed = true;
		return r;
	}
	r = note_steps(run, plan);
	if (r == 0)
		r = write_record(run, true);
	if (r < 0) {
		/* It may be new for all that: then it tells of what was not done. */
		run->nothing_changed = restore_record(run, &old);
		return run->nothing_changed
			       ? r
			       : fail(run, r, "the record of changes can't be put back: %s",
				      strerror(-r));
	}
	r = change_run_steps(run, plan);
	if (r == 0)
		r = note_results(run, plan);
	/* It says all of that since before the first change. */
	if (r == 0 && run->keep_open && !is_any_watched(plan))
		return 0;
	if (r == 0)
		return write_record(run, run->keep_open);
	if (take_back(run, plan) == 0 && restore_record(run, &old))
		run->nothing_changed = true;
	return r;
}

/* What is not taken back stays known. */
static int keep_left(struct change_run *run, const struct change_plan *plan)
{
	struct undo kept _cleanup_(undo_free) = {0}, all = run->undo;
	int r = 0;

	for (size_t i = 0; i < plan->left.n && r == 0; i++)
		r = undo_note(&kept, undo_find(&run->undo, plan->left.text[i]));
	if (r < 0)
		return r;
	run->undo = kept;
	kept = all;
	return 0;
}

int change_run_revert(struct change_run *run, const struct change_plan *plan)
{
	int r = change_run_steps(run, plan);

	if (r < 0) {
		run->nothing_changed = run->done.n == 0 && !run->began;
		return r;
	}
	/* The printed commands are still to be run, and what they undo is known by the record. */
	if (run->no_exec && change_plan_has_commands(plan))
		return 0;
	if (run->verify)
		r = run->verify(run->context);
	if (r == 0)
		r = keep_left(run, plan);
	return r < 0 ? r : write_record(run, false);
}

int change_run_forget(struct change_run *run)
{
	undo_free(&run->undo);
	return write_record(run, false);
}

bool change_run_includes(struct change_run *run, const char *name)
{
	char path[UNDO_PATH_MAX];

	return undo_find(&run->undo, undo_path(name, path)) != NULL;
}

int change_run_include(struct change_run *run, const char *name)
{
	char path[UNDO_PATH_MAX];
	int r;

	if (change_run_includes(run, name))
		return 0;
	r = undo_note(&run->undo, &(struct undo_file){.path = (char *)undo_path(name, path),
						      .editor = UNDO_RECORD});
	return r < 0 ? r : write_record(run, run->undo.open);
}
