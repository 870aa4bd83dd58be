/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the specification that GRUB reads, as Red Hat's does: edited here, one by one. */
#include <string.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_entry.h"
#include "ctl/arguments/try_grub.h"
#include "ctl/arguments/wanted.h"
#include "ctl/loaders/row.h"
#include "boot/default.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/new.h"
#include "grub/grub_cfg.h"
#include "grub/grub_default.h"
#include "grub/grub_evaluate.h"
#include "grub/grubenv.h"
#include "helper/base/root.h"

#define DEFAULT_PATH "etc/default/grub"
#define VARIABLE     "GRUB_CMDLINE_LINUX"
#define BLOCK	     "boot/grub2/grubenv"

/* What grub2-mkconfig reads about entries, to be freed; it fails at a carriage return: NULL. */
static char *read_switch(const struct root *root)
{
	_cleanup_free_ char *said = boot_shell_value(root, DEFAULT_PATH, "GRUB_ENABLE_BLSCFG");

	return said && !strchr(said, '\r') ? TAKE_PTR(said) : NULL;
}

/* Does what GRUB reads now read entries? It may where no menu of its own is there. */
static bool may_read(const struct root *root, const struct loader *l)
{
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	_cleanup_free_ char *text = NULL;

	return !l->config || root_read_text(root, l->config, &text) < 0 ||
	       grub_cfg_reads_entries(text) || (grub_cfg_parse(text, &menu) == 0 && menu.n == 0);
}

static bool is_bls(const struct root *root, const struct loader *l)
{
	_cleanup_free_ char *said = read_switch(root);

	if (said && strcmp(said, "true") == 0)
		return true;
	return !said && l->entries && loader_folder_has(root, l->entries, ".conf", NULL) &&
	       may_read(root, l);
}

/* zipl copies what it boots, command lines included, to where the machine looks. */
static void find_refusal(const struct root *root, struct loader *l)
{
	char tool[64];

	if (kargs_find_sdbootutil(root, l))
		return;
	if (!l->config && loader_find_tool(root, "zipl", tool, sizeof(tool)))
		l->refusal =
			"this node boots with zipl, which gpuclaimctl does not run; add the missing arguments to the entries and run zipl";
	else if (!may_read(root, l))
		l->refusal =
			"/etc/default/grub says GRUB_ENABLE_BLSCFG=true, and grub.cfg does not read the entries; let grub2-mkconfig write it anew";
}

/*
 * On UEFI the GRUB of RHEL 8 reads the block beside its grub.cfg, to which that of /boot/grub2 is a
 * link: where it is none, only one of the two is read. NULL: there is no other.
 */
static const char *find_other_block(const struct root *root, const struct loader *loader)
{
	static const char *const blocks[] = {
		"boot/efi/EFI/redhat/grubenv", "boot/efi/EFI/centos/grubenv",
		"boot/efi/EFI/rocky/grubenv", "boot/efi/EFI/almalinux/grubenv"};
	char target[256];

	if (!loader->grubenv ||
	    root_link_target(root, loader->grubenv, target, sizeof(target)) == 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		if (strcmp(blocks[i], loader->grubenv) != 0 &&
		    loader_may_read_block(root, blocks[i]) &&
		    root_link_target(root, blocks[i], target, sizeof(target)) < 0 &&
		    loader_file_says(root, blocks[i], "\nkernelopts="))
			return blocks[i];
	return NULL;
}

static bool detect_grubenv(const struct root *root, struct loader *l)
{
	if (!l->entries || !loader_folder_has(root, l->entries, ".conf", "$kernelopts") ||
	    !is_bls(root, l))
		return false;
	find_refusal(root, l);
	l->other_grubenv = find_other_block(root, l);
	return true;
}

static bool detect_bls(const struct root *root, struct loader *l)
{
	if (!is_bls(root, l))
		return false;
	find_refusal(root, l);
	return true;
}

static int warn_default(const struct text_error *error, struct change_plan *plan)
{
	return text_list_add(&plan->warnings,
			     "/" DEFAULT_PATH
			     ":%u:%u: %s: not edited; add the missing arguments to " VARIABLE
			     " by hand, or grub2-mkconfig may undo it",
			     error->line, error->column, error->what);
}

/* The variable is computed, or not there: it gets what it lacks on a line of our own behind all
 * others. */
static int plan_computed(const struct kargs_view *view, const char *before,
			 const struct text_error *error, struct change_plan *plan)
{
	struct change_step step = {.kind = CHANGE_FILE,
				   .path = (char *)DEFAULT_PATH,
				   .editor = UNDO_OWN_LINE,
				   .before = (char *)before};
	struct grub_variables vars _cleanup_(grub_variables_free) = {0};
	_cleanup_free_ char *others = NULL, *both = NULL, *after = NULL;
	struct kargs_wanted missing[KARGS_ALL];
	size_t n = 0;
	bool found;
	int r = grub_own_line_remove(before, &others, &found);

	if (r == 0)
		r = grub_default_evaluate(others, &vars);
	if (r < 0)
		return r;
	if (!vars.unknown && vars.linux_)
		r = kargs_has_end(vars.linux_);
	if (vars.unknown || r > 0)
		return warn_default(vars.unknown ? &vars.error : error, plan);
	if (r == 0)
		r = grub_variables_join(&vars, &both);
	if (r == 0)
		r = kargs_find_missing(view, both, missing, &n);
	if (r == 0 && n > 0)
		r = grub_own_line_add(others, VARIABLE, missing, n, &after);
	if (r != 0 || n == 0 || strcmp(before, after) == 0)
		return r;
	step.after = after;
	return change_plan_add(plan, &step);
}

/* The variable gets what it and the other one, of which grub2-mkconfig makes the line, lack
 * together; what can't be edited is warned of. */
static int edit_default(const struct kargs_view *view, const char *before,
			const struct grub_assignment *at, struct change_plan *plan)
{
	struct change_step step = {.kind = CHANGE_FILE, .editor = UNDO_GRUB_LINUX};
	const char *both = view->spread.cmdline ? view->spread.cmdline : at->value;
	_cleanup_free_ char *after = NULL, *value = NULL;
	struct kargs_wanted missing[KARGS_ALL];
	size_t n = 0;
	int r = kargs_find_missing(view, both, missing, &n);

	if (r == 0)
		r = kargs_apply(at->value, missing, n, &value, &step.changes);
	if (r == -EINVAL)
		return text_list_add(
			&plan->warnings,
			"/" DEFAULT_PATH
			":%u: a quote is open: not edited; close it, or grub2-mkconfig may undo what is added now",
			at->line);
	if (r == 0 && step.changes.n > 0) {
		after = grub_default_replace(before, at, value);
		step.path = (char *)DEFAULT_PATH;
		step.before = (char *)before;
		step.after = after;
		r = after ? change_plan_add(plan, &step) : -errno;
	}
	kargs_changes_free(&step.changes);
	return r;
}

static int plan_default(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	_cleanup_free_ char *before = NULL;
	struct text_error error;
	int r = root_read_text(root, DEFAULT_PATH, &before);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = grub_default_find(before, VARIABLE, &at, &error);
	if (r == -EINVAL || r == -ENOENT)
		return plan_computed(view, before, &error, plan);
	return r < 0 ? r : edit_default(view, before, &at, plan);
}

/* Each has its own arguments to merge with. */
static int plan_entries(const struct kargs_view *view, const char *block, struct change_plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < view->lines.n && r == 0 && !plan->refusal; i++)
		if (view->lines.line[i].kind == BOOT_KERNEL && view->lines.line[i].entry &&
		    !view->lines.line[i].foreign)
			r = kargs_edit_entry(view, block, &view->lines.line[i], plan);
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
static int edit_block(const struct root *root, const struct kargs_view *view,
		      struct change_step *step, char **ret_block, struct change_plan *plan)
{
	const struct loader *loader = &view->loader;
	char target[256];
	int r;

	step->before = boot_variable(loader, "kernelopts");
	if (!step->before && root_link_target(root, BLOCK, target, sizeof(target)) == 0 &&
	    !root_exists(root, BLOCK))
		return kargs_refuse(
			plan, view,
			"the entries use $kernelopts, and /" BLOCK
			" is a link to what is not there; mount the EFI partition, where it may be");
	if (!step->before && !loader->environment)
		return kargs_refuse(
			plan, view,
			"the entries use $kernelopts, and the grubenv that sets it was not found or can't be read; set it in /" BLOCK
			" with grub2-editenv");
	if (!step->before)
		return kargs_refuse(
			plan, view,
			"the entries use $kernelopts, and /%s does not set it; set it there with grub2-editenv",
			loader->grubenv);
	r = kargs_apply(step->before, view->wanted, view->n_wanted, &step->after, &step->changes);
	if (r == 0)
		r = grubenv_set(loader->environment, "kernelopts", step->after, ret_block);
	if (r == -ENOSPC)
		return kargs_refuse(
			plan, view,
			"/%s has no room for the arguments in its %zu bytes; take what nobody needs out of kernelopts",
			loader->grubenv, strlen(loader->environment));
	if (r == -EINVAL)
		return kargs_refuse(plan, view, "/%s is no environment block that can be edited",
				    loader->grubenv);
	return r;
}

/* A rescue entry that takes $kernelopts is unarmed before that arms. */
static int plan_shared(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	struct change_step step = {.path = (char *)view->loader.grubenv, .editor = UNDO_GRUBENV};
	_cleanup_free_ char *block = NULL;
	int r = edit_block(root, view, &step, &block, plan);

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
	return r < 0 || plan->refusal ? r : plan_shared(root, view, plan);
}

static int plan_trial(const struct root *root, const struct kargs_view *view,
		      const struct boot_line *next, struct change_plan *plan)
{
	_cleanup_free_ char *stem = NULL;
	int r = kargs_check_grub(root, view, plan);

	if (r == 0 && !plan->refusal)
		r = kargs_copy_entry(root, view, next, &stem, plan);
	if (r != 0 || plan->refusal)
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
		 .lasting = boot_lasting_bls},
	.copies_default = true,
	.plan = plan_bls,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};

static int revert_grubenv(const struct root *root, const struct kargs_view *view,
			  const struct undo *undo, struct change_plan *plan)
{
	int r = kargs_revert_entries(root, view, undo, plan);

	return r < 0 ? r : kargs_revert_cmdline(root, undo, plan);
}

/* RHEL 8. */
const struct kargs_loader kargs_grubenv = {
	.kind = {.name = "grubenv",
		 .detect = detect_grubenv,
		 .starter = STARTER_GRUB,
		 .read = boot_read_entries,
		 .read_new = boot_read_shared,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_bls},
	.shares_options = true,
	.copies_default = true,
	.plan = plan_grubenv,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = revert_grubenv,
};
