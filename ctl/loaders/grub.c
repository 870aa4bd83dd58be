/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB whose grub.cfg is made from /etc/default/grub: by a drop-in, or by an edit. */
#include <stdio.h>
#include <string.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_entry.h"
#include "ctl/arguments/try_grub.h"
#include "ctl/arguments/wanted.h"
#include "ctl/loaders/row.h"
#include "boot/config.h"
#include "boot/default.h"
#include "boot/env.h"
#include "grub/grub_cfg.h"
#include "grub/grub_default.h"
#include "grub/grub_trial.h"
#include "helper/base/root.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define DEFAULT_PATH "etc/default/grub"
#define DROPIN_PATH  "etc/default/grub.d/60-gpuclaim.cfg"
#define VARIABLE     "GRUB_CMDLINE_LINUX_DEFAULT"

static bool find_mkconfig(const struct root *root, char *ret, size_t size)
{
	return loader_find_tool(root, "grub-mkconfig", ret, size) ||
	       loader_find_tool(root, "grub2-mkconfig", ret, size);
}

static bool is_grub2(const struct loader *l)
{
	return text_starts_with(text_base_name(l->tool), "grub2-");
}

/* Written to where none was, it would be read by nobody. */
static void find_refusal(const struct root *root, struct loader *l)
{
	l->refusal = kargs_find_maker(root);
	if (!l->refusal && !find_mkconfig(root, l->tool, sizeof(l->tool)))
		l->refusal = "the program that writes grub.cfg is not installed";
	if (!l->refusal && !l->config && is_grub2(l) && loader_config_may_be_efi(root))
		l->refusal =
			"which grub.cfg GRUB reads is not known; mount the EFI partition, and make /etc/grub2-efi.cfg a link to the one of this system there";
}

static bool is_grub(const struct root *root, const struct loader *l)
{
	return l->config || root_exists(root, DEFAULT_PATH);
}

static bool detect_dropin(const struct root *root, struct loader *l)
{
	char mkconfig[sizeof(l->tool)];

	if (!is_grub(root, l) || !find_mkconfig(root, mkconfig, sizeof(mkconfig)) ||
	    !loader_file_says(root, mkconfig + 1, "default/grub.d"))
		return false;
	(void)snprintf(l->tool, sizeof(l->tool), "%s", mkconfig);
	return true;
}

static bool detect_default(const struct root *root, struct loader *l)
{
	if (!is_grub(root, l))
		return false;
	find_refusal(root, l);
	return true;
}

static int plan_mkconfig(const struct root *root, const struct loader *loader,
			 struct change_plan *plan)
{
	const char *usual = is_grub2(loader) ? "boot/grub2/grub.cfg" : "boot/grub/grub.cfg";
	_cleanup_free_ char *config = text_absolute(loader->config ? loader->config : usual);
	char update[64];

	if (loader->kind->reads_dropins &&
	    loader_find_tool(root, "update-grub", update, sizeof(update)))
		return change_plan_command(plan, (const char *const[]){update, NULL});
	if (!config)
		return -ENOMEM;
	return change_plan_command(plan, (const char *const[]){loader->tool, "-o", config, NULL});
}

/* The recovery entries are made without the _DEFAULT arguments: they stay as they are. */
static int render_dropin(const struct kargs_wanted *missing, size_t n, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	text_add(&to,
		 "# Written by gpuclaimctl; \"gpuclaimctl kargs revert\" removes it.\n" VARIABLE
		 "=\"$" VARIABLE);
	for (size_t i = 0; i < n; i++)
		text_addf(&to, " %s=%s", missing[i].name, missing[i].value);
	text_add(&to, "\"\n");
	return text_take(&to, ret, NULL);
}

/* GRUB's line where a file has this text, and what it still lacks then. */
static int find_still_missing(const struct kargs_view *view, const char *path, const char *text,
			      struct boot_line *ret, struct kargs_wanted *missing, size_t *ret_n)
{
	int r = boot_grub_cmdline(&view->lines.sources, &(struct boot_change){path, text}, ret);

	*ret_n = 0;
	return r == 0 && ret->cmdline ? kargs_find_missing(view, ret->cmdline, missing, ret_n) : r;
}

/* A drop-in that is read later may assign the variable anew: ours would come to nothing. */
static int check_dropin(const struct kargs_view *view, const char *text, struct change_plan *plan)
{
	struct boot_line with _cleanup_(boot_line_free) = {0};
	struct kargs_wanted missing[KARGS_ALL];
	size_t n;
	int r = find_still_missing(view, DROPIN_PATH, text, &with, missing, &n);

	if (r < 0 || n == 0)
		return r;
	return kargs_refuse(plan, view,
			    "/%s is read after /" DROPIN_PATH
			    " and assigns anew what that adds to; begin its value with $" VARIABLE
			    ", or rename it",
			    with.source);
}

static int plan_dropin(const struct kargs_view *view, struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_FILE, .path = (char *)DROPIN_PATH, .editor = UNDO_WHOLE};
	struct boot_line without _cleanup_(boot_line_free) = {0};
	const char *before = boot_source_text(&view->lines.sources, DROPIN_PATH);
	_cleanup_free_ char *after = NULL;
	struct kargs_wanted missing[KARGS_ALL];
	size_t n = 0;
	int r = boot_grub_cmdline(&view->lines.sources, &(struct boot_change){DROPIN_PATH, NULL},
				  &without);

	if (r == 0 && without.cmdline)
		r = kargs_has_end(without.cmdline);
	if (r > 0)
		return kargs_refuse(plan, view,
				    "/%s: a \"--\" stands before what a drop-in can add",
				    without.source);
	if (r == 0)
		r = kargs_find_missing(view, without.cmdline, missing, &n);
	if (r == 0 && n > 0)
		r = render_dropin(missing, n, &after);
	if (r == 0 && after)
		r = check_dropin(view, after, plan);
	if (r < 0)
		return r;
	if (plan->refusal || !after || (before && strcmp(before, after) == 0))
		return 0;
	step.before = (char *)before;
	step.after = after;
	return change_plan_add(plan, &step);
}

static int refuse_edit(const struct kargs_view *view, struct change_plan *plan,
		       const struct text_error *error)
{
	return kargs_refuse(
		plan, view,
		"/" DEFAULT_PATH
		":%u:%u: %s, which is not edited; add the missing arguments to " VARIABLE
		" by hand",
		error->line, error->column, error->what);
}

/* "--" in GRUB_CMDLINE_LINUX, which comes first, makes init's what is in the other one. */
static int check_default(const struct kargs_view *view, const char *text, struct change_plan *plan)
{
	struct boot_line with _cleanup_(boot_line_free) = {0};
	struct kargs_wanted missing[KARGS_ALL];
	size_t n;
	int r = find_still_missing(view, DEFAULT_PATH, text, &with, missing, &n);

	if (r < 0 || n == 0)
		return r;
	return kargs_refuse(plan, view,
			    "/" DEFAULT_PATH
			    ": a \"--\" in GRUB_CMDLINE_LINUX stands before what " VARIABLE
			    " can add; put the missing arguments before it by hand");
}

static int plan_default(const struct kargs_view *view, struct change_plan *plan)
{
	struct grub_assignment at _cleanup_(grub_assignment_free) = {0};
	struct boot_line now _cleanup_(boot_line_free) = {0};
	struct change_step step = {.kind = CHANGE_FILE, .editor = UNDO_GRUB_DEFAULT};
	const char *before = boot_source_text(&view->lines.sources, DEFAULT_PATH);
	const char *text = before ? before : "";
	_cleanup_free_ char *after = NULL, *value = NULL;
	struct kargs_wanted missing[KARGS_ALL];
	struct text_error error;
	size_t n = 0;
	int r = boot_grub_cmdline(&view->lines.sources, NULL, &now);

	if (r == 0)
		r = kargs_find_missing(view, now.cmdline, missing, &n);
	if (r < 0 || n == 0)
		return r;
	r = grub_default_find(text, VARIABLE, &at, &error);
	if (r == -EINVAL)
		return refuse_edit(view, plan, &error);
	if (r < 0 && r != -ENOENT)
		return r;
	r = kargs_apply(at.value ? at.value : "", missing, n, &value, &step.changes);
	if (r == 0) {
		after = at.value ? grub_default_replace(text, &at, value)
				 : grub_default_append(text, VARIABLE, value);
		step.path = (char *)DEFAULT_PATH;
		step.before = (char *)before;
		step.after = after;
		r = after ? check_default(view, after, plan) : -ENOMEM;
	}
	if (r == 0 && !plan->refusal)
		r = change_plan_add(plan, &step);
	kargs_changes_free(&step.changes);
	return r;
}

/* grub.cfg, where it is older than what it is made from, or where that changes. */
static int plan_config(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	bool stale = false;
	int r = 0;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind != BOOT_KERNEL || !kargs_line_is_judged(line))
			continue;
		r = kargs_line_is_complete(view, line);
		if (r < 0)
			return r;
		stale |= r == 0;
	}
	if (plan->n == 0 && !stale)
		return 0;
	if (view->lines.config && grub_cfg_is_handmade(view->lines.config))
		return kargs_refuse(
			plan, view,
			"/%s was not made by grub-mkconfig, which would replace it; add the missing arguments to its linux lines by hand, or have it made by grub-mkconfig once",
			view->loader.config);
	return plan_mkconfig(root, &view->loader, plan);
}

/*
 * The entry starts the kernel without its image, and only if that fails, with it.
 *
 * Source: 10_linux of Ubuntu, and 40-force-partuuid.cfg of its images for clouds.
 */
static int warn_of_no_image(const struct kargs_view *view, struct change_plan *plan)
{
	const char *setter = boot_grub_setter(&view->lines.sources, "GRUB_FORCE_PARTUUID");

	if (!setter)
		return 0;
	return text_list_add(
		&plan->warnings,
		"/%s sets GRUB_FORCE_PARTUUID: GRUB then starts the kernel without its initramfs, in which gpuclaim comes before the drivers; take it out and run update-grub",
		setter);
}

static int plan_by_dropin(const struct root *root, const struct kargs_view *view,
			  struct change_plan *plan)
{
	int r = plan_dropin(view, plan);

	if (r == 0 && !plan->refusal)
		r = warn_of_no_image(view, plan);
	return r < 0 || plan->refusal ? r : plan_config(root, view, plan);
}

static int plan_by_edit(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	int r = plan_default(view, plan);

	return r < 0 || plan->refusal ? r : plan_config(root, view, plan);
}

/* custom.cfg with the entry in it. */
static int plan_custom(const struct root *root, const struct kargs_view *view, const char *entry,
		       struct change_plan *plan)
{
	_cleanup_free_ char *path = boot_custom_path(&view->loader), *before = NULL, *after = NULL;
	int r = path ? root_read_text(root, path, &before) : -ENOMEM;

	if (r == 0 || r == -ENOENT)
		r = grub_trial_add(before, entry, &after);
	if (r == -EINVAL)
		return change_plan_refuse(
			plan,
			"/%s: a quote, a block or gpuclaim's own mark stays open in it, so nothing can be added",
			path);
	return r < 0 ? r : kargs_plan_text(path, before, after, UNDO_MARKED, plan);
}

static const struct grub_entry *find_line(const struct grub_menu *menu, unsigned line)
{
	for (size_t i = 0; i < menu->n; i++)
		if (menu->entry[i].line == line)
			return &menu->entry[i];
	return NULL;
}

static int copy_menu_entry(const struct root *root, const struct kargs_view *view,
			   const struct boot_line *next, struct change_plan *plan)
{
	struct trial_wish wish = trial_wish_make(view);
	struct grub_menu menu _cleanup_(grub_menu_free) = {0};
	const char *text = view->lines.config;
	_cleanup_free_ char *entry = NULL;
	const struct grub_entry *from;
	const char *why = NULL;
	int r = grub_cfg_parse(text, &menu);

	if (r < 0)
		return r;
	from = find_line(&menu, next->line);
	if (!from)
		return -EAGAIN;
	/* Read before our entry, GRUB could not find the others by number. */
	if (!strstr(text + from->start, "/custom.cfg"))
		return change_plan_refuse(
			plan,
			"%s does not read custom.cfg after its entries (41_custom does), so a trial has no place",
			next->source);
	r = grub_trial_entry(text, from, wish.wanted, wish.n, &entry, &why);
	if (r < 0)
		return kargs_refuse_entry(&wish, plan, next, r, why);
	r = plan_custom(root, view, entry, plan);
	return r < 0 || plan->refusal ? r : kargs_grub_reboot(root, view, TRIAL_ID, plan);
}

static int plan_trial(const struct root *root, const struct kargs_view *view,
		      const struct boot_line *next, struct change_plan *plan)
{
	int r = kargs_check_grub(root, view, plan);

	return r < 0 || plan->refusal ? r : copy_menu_entry(root, view, next, plan);
}

/* A record that is still there may be of a revert that did not come to this. */
static int revert(const struct root *root, const struct kargs_view *view,
		  const struct undo *undo _unused_, struct change_plan *plan)
{
	if (view->lines.config && grub_cfg_is_handmade(view->lines.config))
		return text_list_add(
			&plan->warnings,
			"/%s was not made by grub-mkconfig, and stays as it is: take gpuclaim's arguments out of it by hand, if it has some",
			view->loader.config);
	if (!view->loader.refusal)
		return plan_mkconfig(root, &view->loader, plan);
	return change_plan_refuse(
		plan, "%s, so that the arguments can't be taken out of grub.cfg: install it first",
		view->loader.refusal);
}

/* Debian, Ubuntu. */
const struct kargs_loader kargs_grub_dropin = {
	.kind = {.name = "grub-dropin",
		 .detect = detect_dropin,
		 .starter = STARTER_GRUB,
		 .read = boot_read_config,
		 .read_new = boot_read_default,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub,
		 .reads_dropins = true},
	.writes_config = true,
	.plan = plan_by_dropin,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = revert,
};

/* SUSE, Arch. */
const struct kargs_loader kargs_grub_default = {
	.kind = {.name = "grub-default",
		 .detect = detect_default,
		 .starter = STARTER_GRUB,
		 .read = boot_read_config,
		 .read_new = boot_read_default,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub},
	.writes_config = true,
	.plan = plan_by_edit,
	.plan_trial = plan_trial,
	.forget = kargs_forget_grub,
	.revert = revert,
};
