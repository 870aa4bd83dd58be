/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/entries.h"

#include <stdio.h>
#include <string.h>

#include "ctl/arguments/wanted.h"
#include "boot/entries.h"
#include "boot/new.h"
#include "grub/bls.h"
#include "grub/grubenv.h"
#include "helper/base/root.h"
#include "helper/base/text_buffer.h"

#define CMDLINE_PATH   "etc/kernel/cmdline"
#define CMDLINE_FOLDER "etc/kernel/cmdline.d"
#define ARM	       "gpuclaim=1"

void kargs_wish_free(struct kargs_wish *wish)
{
	free(wish->words);
	kargs_changes_free(&wish->changes);
}

bool kargs_find_sdbootutil(const struct root *root, struct loader *loader)
{
	char tool[sizeof(loader->tool)];

	if (!loader_find_tool(root, "sdbootutil", tool, sizeof(tool)))
		return false;
	if (loader_file_says(root, tool + 1, "/" CMDLINE_FOLDER "/")) {
		loader->template_folder = CMDLINE_FOLDER;
		loader->refusal =
			"the entries are sdbootutil's; write the missing arguments to /" CMDLINE_FOLDER
			"/60-gpuclaim.conf and run sdbootutil update-all-entries";
	} else {
		loader->refusal = "the entries are sdbootutil's, which reads no /" CMDLINE_FOLDER
				  "; add the missing arguments to /" CMDLINE_PATH
				  " and run sdbootutil update-all-entries";
	}
	return true;
}

/*
 * Source: boot.kernelParams of NixOS; kernel-arguments of operating-system in Guix' manual;
 * Harvester's upgrade notes on third_party_kernel_args.
 */
const char *kargs_find_maker(const struct root *root)
{
	static const struct {
		const char *sign, *refusal;
	} makers[] = {
		{"etc/NIXOS",
		 "NixOS writes the entries; add the missing arguments to boot.kernelParams in its configuration and run nixos-rebuild boot"},
		{"var/guix/profiles/system",
		 "Guix writes the entries; add the missing arguments to kernel-arguments in its configuration and run guix system reconfigure"},
		{"etc/cos/grub.cfg",
		 "the image has the arguments in /etc/cos; where a file there names third_party_kernel_args, as Harvester's does, add the missing ones to those that grub2-editenv /oem/grubenv list shows, with grub2-editenv /oem/grubenv set"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(makers); i++)
		if (root_exists(root, makers[i].sign))
			return makers[i].refusal;
	return NULL;
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

	if (line->kind != BOOT_KERNEL || !line->entry || line->foreign)
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

/* Do they stand on the line, with the new ones in one piece and gpuclaim=1 among those? */
static int stand_together(const char *options, const struct kargs_changes *changes)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};
	_cleanup_free_ char *without = NULL, *ours = NULL;
	const char *at;
	size_t gone;
	int r = kargs_revert(options, changes, &without, &gone);

	if (r < 0 || gone)
		return r == -EINVAL ? 0 : r;
	for (size_t i = 0; i < changes->n; i++)
		if (!*changes->change[i].was)
			text_addf(&to, " %s", changes->change[i].now);
	r = text_take(&to, &ours, NULL);
	if (r < 0 || !strstr(ours, " " ARM))
		return r;
	at = strstr(options, ours);
	return at && strchr(" \t\n", at[strlen(ours)]);
}

/* What was done to a file of the record, the most of it that was done to the unknown one, too. */
static int find_ours(const struct undo *undo, const char *options, const struct kargs_changes **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < undo->n; i++) {
		const struct kargs_changes *changes = &undo->file[i].changes;
		int r = *ret && (*ret)->n >= changes->n ? 0 : stand_together(options, changes);

		if (r < 0)
			return r;
		if (r > 0)
			*ret = changes;
	}
	return 0;
}

static bool is_ours(const struct undo *undo, const char *word)
{
	for (size_t i = 0; i < undo->n; i++)
		for (size_t j = 0; j < undo->file[i].changes.n; j++)
			if (!*undo->file[i].changes.change[j].was &&
			    strcmp(undo->file[i].changes.change[j].now, word) == 0)
				return true;
	return false;
}

/* Whose the other words are, nothing tells. */
static int tell_kept(const struct undo *undo, const struct change_step *step,
		     struct change_plan *plan)
{
	char list[128] = "";

	for (size_t i = 0; i < KARGS_ALL; i++) {
		char word[64];

		(void)snprintf(word, sizeof(word), "%s=%s", kargs_all[i].name, kargs_all[i].value);
		if (is_ours(undo, word) && strstr(step->after, word))
			text_join(list, sizeof(list), " ", word);
	}
	return !*list ? 0
		      : text_list_add(
				&plan->warnings,
				"/%s: " ARM
				" is taken out; %s stays, because somebody else may have put it there: take it out by hand if nobody needs it",
				step->path, list);
}

static int take_out(const struct change_step *step, const struct kargs_changes *changes, char **ret)
{
	size_t gone;

	return step->editor == UNDO_BLS ? bls_revert(step->before, changes, ret, &gone)
					: kargs_revert(step->before, changes, ret, &gone);
}

/* A file that the record does not know: words of the user's that are like ours are not ours. */
static int revert_unknown(const struct undo *undo, struct change_step *step,
			  struct change_plan *plan)
{
	struct kargs_change arm = {(char *)"", (char *)ARM};
	const struct kargs_changes only = {&arm, is_ours(undo, ARM)}, *ours = NULL;
	_cleanup_free_ char *options = NULL, *after = NULL;
	int r = step->editor == UNDO_BLS ? bls_options(step->before, &options, NULL)
					 : text_copy(step->before, &options);

	if (r == 0)
		r = find_ours(undo, options, &ours);
	if (r == 0)
		r = take_out(step, ours ? ours : &only, &after);
	if (r != 0 || strcmp(step->before, after) == 0)
		return r == -EINVAL ? 0 : r;
	step->after = after;
	r = change_plan_add(plan, step);
	return r < 0 || ours ? r : tell_kept(undo, step, plan);
}

static bool is_known(const struct undo *undo, const char *entry)
{
	for (size_t i = 0; i < undo->n; i++)
		if (boot_entry_is_same(undo->file[i].path, entry))
			return true;
	return false;
}

int kargs_revert_entries(const struct root *root _unused_, const struct kargs_view *view,
			 const struct undo *undo, struct change_plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r == 0; i++) {
		const struct boot_line *line = &view->lines.line[i];
		struct change_step step = {.kind = CHANGE_FILE,
					   .path = line->entry,
					   .editor = UNDO_BLS,
					   .before = line->text};

		if (line->kind == BOOT_KERNEL && line->entry && !line->foreign &&
		    !is_known(undo, line->entry))
			r = revert_unknown(undo, &step, plan);
	}
	return r;
}

/* Of a template that is not in the record. */
int kargs_revert_cmdline(const struct root *root, const struct undo *undo, struct change_plan *plan)
{
	_cleanup_free_ char *before = NULL;
	struct change_step step = {
		.kind = CHANGE_FILE, .path = (char *)CMDLINE_PATH, .editor = UNDO_CMDLINE};
	int r = undo_find((struct undo *)undo, CMDLINE_PATH)
			? -ENOENT
			: root_read_text(root, CMDLINE_PATH, &before);

	step.before = before;
	return r < 0 ? (r == -ENOENT ? 0 : r) : revert_unknown(undo, &step, plan);
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
	struct kargs_wish wish _cleanup_(kargs_wish_free) = {0};
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
	else if (r == -EINVAL && line->recovery)
		r = change_plan_refuse(
			plan,
			"%s: its options can't be edited; put gpuclaim=0 in front of them, and close a quote that is open: a rescue entry must not claim",
			line->source);
	else if (r == -EINVAL || r == -EEXIST || r == -ENOENT)
		r = kargs_refuse(plan, view,
				 "%s: its options can't be edited; add the arguments by hand",
				 line->source);
	kargs_changes_free(&step.changes);
	free(step.after);
	return r;
}
