/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the specification that GRUB reads, as Red Hat's does: edited here, one by one. */
#include <stdio.h>
#include <string.h>

#include "ctl/loaders/entries.h"
#include "ctl/loaders/loaders.h"
#include "ctl/loaders/try_entry.h"
#include "ctl/loaders/try_grub.h"
#include "ctl/loaders/wanted.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/new.h"
#include "grub/bls.h"
#include "grub/grub_default.h"
#include "grub/grubenv.h"
#include "helper/base/root.h"

#define DEFAULT_PATH "etc/default/grub"
#define VARIABLE     "GRUB_CMDLINE_LINUX"

static bool is_bls(const struct root *root, const struct loader *l)
{
	return l->entries && loader_folder_has(root, l->entries, ".conf", NULL) &&
	       !loader_file_says(root, DEFAULT_PATH, "GRUB_ENABLE_BLSCFG=false");
}

/* zipl copies what it boots, command lines included, to where the machine looks. */
static void find_refusal(const struct root *root, struct loader *l)
{
	char tool[64];

	if (!l->config && loader_find_tool(root, "zipl", tool, sizeof(tool)))
		l->refusal =
			"zipl boots this machine, which gpuclaimctl does not run; add them to the entries and run zipl";
}

static bool detect_grubenv(const struct root *root, struct loader *l)
{
	if (!is_bls(root, l) || !loader_folder_has(root, l->entries, ".conf", "$kernelopts"))
		return false;
	find_refusal(root, l);
	return true;
}

static bool detect_bls(const struct root *root, struct loader *l)
{
	if (!is_bls(root, l))
		return false;
	find_refusal(root, l);
	return true;
}

/* Our own edit of the variable that grub2-mkconfig reads; what can't be edited is warned of. */
static int plan_default(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	struct grub_assignment at _cleanup_grub_assignment_ = {0};
	struct change_step step = {.kind = CHANGE_FILE, .editor = UNDO_GRUB_LINUX};
	_cleanup_free_ char *before = NULL, *after = NULL, *value = NULL;
	struct text_error error;
	int r = root_read_text(root, DEFAULT_PATH, &before);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = grub_default_find(before, VARIABLE, &at, &error);
	if (r == 0)
		r = kargs_apply(at.value, view->wanted, view->n_wanted, &value, &step.changes);
	else if (r == -EINVAL)
		return text_list_add(&plan->warnings,
				     "/" DEFAULT_PATH
				     ":%u:%u: %s: not edited; add them to " VARIABLE
				     " by hand, or grub2-mkconfig may undo it",
				     error.line, error.column, error.what);
	if (r == -EINVAL)
		return text_list_add(
			&plan->warnings,
			"/" DEFAULT_PATH
			":%u: a quote is open: not edited; close it, or grub2-mkconfig may undo what is added now",
			at.line);
	if (r == -ENOENT)
		return 0; /* grub2-mkconfig then leaves the entries alone */
	if (r == 0 && step.changes.n > 0) {
		after = grub_default_replace(before, &at, value);
		step.path = (char *)DEFAULT_PATH;
		step.before = before;
		step.after = after;
		r = after ? change_plan_add(plan, &step) : -errno;
	}
	kargs_changes_free(&step.changes);
	return r;
}

/* GRUB reads one line of options; without one it takes what grub.cfg says for all. */
static int check_entry(const struct kargs_view *view, const struct boot_line *line,
		       struct change_plan *plan)
{
	_cleanup_free_ char *first = NULL, *all = NULL;
	int r = bls_field(line->text, "options", &first);

	if (r == -ENOENT)
		return kargs_refuse(plan, view,
				    "%s has no options line; write one, or remove the entry",
				    line->source);
	if (r == 0)
		r = bls_options(line->text, &all, NULL);
	if (r < 0 || strcmp(first, all) == 0)
		return r;
	return kargs_refuse(
		plan, view,
		"%s has several options lines, of which GRUB reads the first; make them one",
		line->source);
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

static int plan_entry(const struct kargs_view *view, const char *block,
		      const struct boot_line *line, struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_FILE, .path = line->entry, .editor = UNDO_BLS, .before = line->text};
	int r = line->recovery ? 0 : check_entry(view, line, plan);

	if (r < 0 || plan->refusal)
		return r;
	r = line->recovery ? edit_rescue(view, block, line, &step)
			   : edit_kernel(view, block, line, &step);
	if (r == 0 && strcmp(step.before, step.after) == 0)
		step.kind = CHANGE_WATCH;
	if (r == 0)
		r = change_plan_add(plan, &step);
	else if (r == -EINVAL || r == -EEXIST)
		r = kargs_refuse(plan, view,
				 "%s: its options can't be edited; add the arguments by hand",
				 line->source);
	kargs_changes_free(&step.changes);
	free(step.after);
	return r;
}

/* Each has its own arguments to merge with. */
static int plan_entries(const struct kargs_view *view, const char *block, struct change_plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r == 0 && !plan->refusal; i++)
		if (view->lines.line[i].kind == BOOT_KERNEL && view->lines.line[i].entry)
			r = plan_entry(view, block, &view->lines.line[i], plan);
	return r;
}

/* New kernels' template is newer than /etc/default/grub, or it is made from that. */
static int plan_bls(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan)
{
	int r = plan_default(root, view, plan);

	if (r == 0)
		r = kargs_plan_cmdline(root, view, plan);
	return r < 0 || plan->refusal ? r : plan_entries(view, view->loader.environment, plan);
}

/* $kernelopts, which all kernels share; and the block, as it will be. */
static int edit_block(const struct kargs_view *view, struct change_step *step, char **ret_block,
		      struct change_plan *plan)
{
	const struct loader *loader = &view->loader;
	int r;

	step->before = boot_variable(loader, "kernelopts");
	if (!step->before)
		return kargs_refuse(
			plan, view,
			"the entries say $kernelopts, and grubenv does not say what it is");
	r = kargs_apply(step->before, view->wanted, view->n_wanted, &step->after, &step->changes);
	if (r == 0)
		r = grubenv_set(loader->environment, "kernelopts", step->after, ret_block);
	if (r == -ENOSPC)
		return kargs_refuse(
			plan, view,
			"/%s has no room for them in its %zu bytes; take what nobody needs out of kernelopts",
			loader->grubenv, strlen(loader->environment));
	if (r == -EINVAL)
		return kargs_refuse(plan, view, "/%s is no environment block that can be edited",
				    loader->grubenv);
	return r;
}

/* A rescue entry that takes $kernelopts is unarmed before that arms. */
static int plan_shared(const struct kargs_view *view, struct change_plan *plan)
{
	struct change_step step = {.path = (char *)view->loader.grubenv, .editor = UNDO_GRUBENV};
	_cleanup_free_ char *block = NULL;
	int r = edit_block(view, &step, &block, plan);

	if (r == 0 && !plan->refusal)
		r = plan_entries(view, block, plan);
	if (r == 0 && !plan->refusal) {
		step.kind = step.changes.n ? CHANGE_FILE : CHANGE_WATCH;
		r = change_plan_add(plan, &step);
	}
	kargs_changes_free(&step.changes);
	free(step.before);
	free(step.after);
	return r;
}

/* RHEL 9's scripts read the template, where there is one: of an upgrade, or of grubby's making. */
static int plan_grubenv(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	int r = plan_default(root, view, plan);

	if (r == 0 && !plan->refusal && root_exists(root, "etc/kernel/cmdline"))
		r = kargs_plan_cmdline(root, view, plan);
	return r < 0 || plan->refusal ? r : plan_shared(view, plan);
}

static int plan_trial(const struct root *root, const struct kargs_view *view,
		      const struct boot_line *next, struct change_plan *plan)
{
	_cleanup_free_ char *stem = NULL;
	int r = kargs_check_grub(root, view, plan);

	if (r == 0 && !plan->refusal)
		r = kargs_copy_entry(root, view, next, &stem, plan);
	if (r < 0 || plan->refusal)
		return r;
	return kargs_grub_reboot(root, view, strrchr(stem, '/') + 1, plan);
}

const struct kargs_loader kargs_bls = {
	.kind = {.name = "bls",
		 .detect = detect_bls,
		 .starter = STARTER_GRUB,
		 .read = boot_read_entries,
		 .read_new = boot_read_template,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.copies_default = true,
	.plan = plan_bls,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};

/* RHEL 8. */
const struct kargs_loader kargs_grubenv = {
	.kind = {.name = "grubenv",
		 .detect = detect_grubenv,
		 .starter = STARTER_GRUB,
		 .read = boot_read_entries,
		 .read_new = boot_read_shared,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.shares_options = true,
	.copies_default = true,
	.plan = plan_grubenv,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};
