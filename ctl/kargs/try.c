/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan for a boot that tries the arguments once, and the one that takes it back. */
#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/kargs/apply.h"
#include "ctl/kargs/revert.h"
#include "ctl/kargs/trial.h"
#include "ctl/kargs/try.h"
#include "ctl/kargs/view.h"
#include "grub/bls.h"
#include "grub/boot_config.h"
#include "grub/boot_env.h"
#include "grub/grub_trial.h"
#include "helper/base/root.h"

/* The wanted arguments, and what a trial has besides. */
struct trial_wish {
	struct kargs_wanted wanted[KARGS_ALL + TRIAL_KARGS];
	size_t n;
};

static struct trial_wish make_wish(const struct kargs_view *view)
{
	struct trial_wish wish = {0};

	for (size_t i = 0; i < view->n_wanted; i++)
		wish.wanted[wish.n++] = view->wanted[i];
	for (size_t i = 0; i < TRIAL_KARGS; i++)
		wish.wanted[wish.n++] = trial_kargs[i];
	return wish;
}

/* Why an entry can't be copied: one sentence; or out of memory. */
static int refuse_entry(const struct trial_wish *wish, struct change_plan *plan,
			const struct boot_line *line, int r, const char *why)
{
	if (r != -EINVAL && r != -EEXIST && r != -ENOENT)
		return r;
	for (size_t i = 0; i < wish->n && r == -EEXIST; i++) {
		_cleanup_free_ char *text = NULL;
		int state = kargs_state(line->cmdline, &wish->wanted[i], &text);

		if (state == KARGS_CONFLICT)
			return change_plan_refuse(
				plan,
				"%s:%u: \"%s\" says the opposite of what a trial needs, %s=%s; take it out first",
				line->source, line->line, text, wish->wanted[i].name,
				wish->wanted[i].value);
	}
	return change_plan_refuse(plan, "%s:%u: this entry can't be made into a trial: %s",
				  line->source, line->line, why);
}

/* A path as the machine's programs name it; to be freed, or NULL. */
static char *absolute(const char *path)
{
	char *text;

	return asprintf(&text, "/%s", path) < 0 ? NULL : text;
}

static bool is_word_of(const char *word, const char *const words[])
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/*
 * Asks grub-probe one thing of the environment block. What it says beyond the words that are
 * known to be good is a refusal: an entry that GRUB can't take out of its environment again
 * would be booted for ever.
 */
static int probe(const struct root *root, const struct kargs_view *view, const char *tool,
		 const char *target, const char *const good[], struct change_plan *plan)
{
	_cleanup_free_ char *block = absolute(view->loader.grubenv), *output = NULL;
	char option[32], *rest;
	int r;

	if (!block)
		return -ENOMEM;
	(void)snprintf(option, sizeof(option), "--target=%s", target);
	r = exec_run(root, (const char *const[]){tool, option, block, NULL}, &output);
	if (r < 0)
		return r;
	if (r > 0)
		return change_plan_refuse(
			plan,
			"%s can't tell whether GRUB can write %s (%.*s), so a trial might be booted for ever; use kargs apply",
			tool, block, (int)strcspn(output ? output : "", "\n"),
			output ? output : "");
	for (char *word = strtok_r(output ? output : (char *)"", " \t\n", &rest);
	     word && !plan->refusal && r == 0; word = strtok_r(NULL, " \t\n", &rest))
		if (!is_word_of(word, good))
			r = change_plan_refuse(
				plan,
				"%s is on %s, where GRUB can't write it, so a trial would be booted for ever; use kargs apply",
				block, word);
	return r;
}

/*
 * Source: 00_header's own check_writable(), grub-core/commands/loadenv.c, and write_blocklists()
 * there: the block's sectors are overwritten in place, on a disk that can be written.
 */
static int check_writable(const struct root *root, const struct kargs_view *view,
			  struct change_plan *plan)
{
	static const char *const systems[] = {"ext2", "xfs", "fat", NULL};
	static const char *const layers[] = {"cryptodisk", "luks", "luks2", NULL};
	const char *why = exec_check_root(root);
	char tool[64];
	int r;

	if (!loader_find_tool(root, "grub-probe", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub2-probe", tool, sizeof(tool)))
		why = "grub-probe is not installed";
	if (why)
		return change_plan_refuse(plan, "whether GRUB can write /%s can't be asked: %s",
					  view->loader.grubenv, why);
	r = probe(root, view, tool, "fs", systems, plan);
	if (r == 0 && !plan->refusal)
		r = probe(root, view, tool, "abstraction", layers, plan);
	return r;
}

/* Each grub.cfg that may be the one that is read must let go of its next entry. */
static int check_config(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	const char *const paths[] = {view->loader.config, "etc/grub2.cfg", "etc/grub2-efi.cfg"};
	size_t found = 0;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !plan->refusal; i++) {
		_cleanup_free_ char *text = NULL;
		int r = paths[i] ? root_read_text(root, paths[i], &text) : -ENOENT;

		if (r == -ENOENT)
			continue;
		if (r == 0 &&
		    !(strstr(text, "${next_entry}") && strstr(text, "save_env next_entry")))
			r = change_plan_refuse(
				plan,
				"/%s knows no next_entry, so nothing can be booted once; let grub-mkconfig write it anew",
				paths[i]);
		if (r < 0)
			return r;
		found++;
	}
	return found ? 0 : change_plan_refuse(plan, "no grub.cfg was found");
}

static int check_environment(const struct root *root, const struct kargs_view *view,
			     struct change_plan *plan)
{
	_cleanup_free_ char *text = NULL, *value = NULL;
	const char *path = view->loader.grubenv;
	int r = path ? root_read_text(root, path, &text) : -ENOENT;

	if (r == 0)
		r = grubenv_get(text, "next_entry", &value);
	if (!path || (r == -EINVAL && !*text))
		return change_plan_refuse(
			plan,
			"GRUB has no environment block to remember a trial in; grub-editenv %s%s create makes one",
			path ? "/" : "/boot/grub/grubenv", path ? path : "");
	if (r == -EINVAL)
		return change_plan_refuse(plan, "/%s is no environment block of GRUB", path);
	if (r < 0 && r != -ENOENT)
		return r;
	r = check_config(root, view, plan);
	return r < 0 || plan->refusal ? r : check_writable(root, view, plan);
}

/* "grub-reboot ID", unless that was done before. */
static int plan_grub_reboot(const struct root *root, const struct kargs_view *view, const char *id,
			    struct change_plan *plan)
{
	_cleanup_free_ char *once = boot_once(root, &view->loader);
	char tool[64];

	if (once && strcmp(once, id) == 0)
		return 0;
	if (!loader_find_tool(root, "grub-reboot", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub2-reboot", tool, sizeof(tool)))
		return change_plan_refuse(plan, "grub-reboot is not installed");
	return change_plan_command(plan, NULL, (const char *const[]){tool, id, NULL});
}

/* The file gets @after, unless it has it. */
static int plan_text(const char *path, const char *before, const char *after,
		     enum undo_editor editor, struct change_plan *plan)
{
	if (before && strcmp(before, after) == 0)
		return 0;
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .path = (char *)path,
							   .before = (char *)before,
							   .after = (char *)after,
							   .editor = editor});
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
	return r < 0 ? r : plan_text(path, before, after, UNDO_MARKED, plan);
}

static const struct grub_entry *find_line(const struct grub_menu *menu, unsigned line)
{
	for (size_t i = 0; i < menu->n; i++)
		if (menu->entry[i].line == line)
			return &menu->entry[i];
	return NULL;
}

static int plan_config(const struct root *root, const struct kargs_view *view,
		       const struct boot_line *next, struct change_plan *plan)
{
	struct trial_wish wish = make_wish(view);
	struct grub_menu menu _cleanup_grub_menu_ = {0};
	_cleanup_free_ char *text = NULL, *entry = NULL;
	const struct grub_entry *from;
	const char *why = NULL;
	int r = root_read_text(root, view->loader.config, &text);

	if (r == 0)
		r = grub_cfg_parse(text, &menu);
	if (r < 0)
		return r;
	from = find_line(&menu, next->line);
	if (!from)
		return -EAGAIN; /* written anew while we read it */
	/* Read before our entry, GRUB could not find the others by number. */
	if (!strstr(text + from->start, "/custom.cfg"))
		return change_plan_refuse(
			plan,
			"%s does not read custom.cfg after its entries (41_custom does), so a trial has no place",
			next->source);
	r = grub_trial_entry(text, from, wish.wanted, wish.n, &entry, &why);
	if (r < 0)
		return refuse_entry(&wish, plan, next, r, why);
	r = plan_custom(root, view, entry, plan);
	return r < 0 || plan->refusal ? r : plan_grub_reboot(root, view, TRIAL_ID, plan);
}

/* "loader/entries/ID-5.14.0+3.conf" gives "loader/entries/ID-5.14.0~gpuclaim_trial". */
static char *entry_stem(const char *path)
{
	const char *plus = strrchr(path, '+');
	size_t n = strlen(path) - strlen(".conf"), digits;
	char *stem;

	/* What counts its boots is left out; versions have a '+', too ("6.12.48+deb13"). */
	digits = plus ? strspn(plus + 1, "0123456789-") : 0;
	if (digits && strcmp(plus + 1 + digits, ".conf") == 0)
		n = (size_t)(plus - path);
	return asprintf(&stem, "%.*s" TRIAL_SUFFIX, (int)n, path) < 0 ? NULL : stem;
}

/* A copy of the entry beside it; its name without ".conf" in @ret_stem. */
static int plan_entry(const struct root *root, const struct kargs_view *view,
		      const struct boot_line *next, char **ret_stem, struct change_plan *plan)
{
	_cleanup_free_ char *text = NULL, *entry = NULL, *path = NULL, *before = NULL;
	_cleanup_free_ char *kernelopts = boot_grubenv(root, &view->loader, "kernelopts");
	_cleanup_free_ char *stem = entry_stem(next->entry);
	struct trial_wish wish = make_wish(view);
	int r = root_read_text(root, next->entry, &text);

	if (!stem || asprintf(&path, "%s.conf", stem) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (r == 0)
		r = bls_trial_entry(text, kernelopts, wish.wanted, wish.n, &entry);
	if (r < 0)
		return refuse_entry(&wish, plan, next, r, "its options can't be edited");
	r = root_read_text(root, path, &before);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_stem = TAKE_PTR(stem);
	return plan_text(path, before, entry, UNDO_OWN, plan);
}

static int plan_bls(const struct root *root, const struct kargs_view *view,
		    const struct boot_line *next, struct change_plan *plan)
{
	_cleanup_free_ char *stem = NULL;
	int r = plan_entry(root, view, next, &stem, plan);

	if (r < 0 || plan->refusal)
		return r;
	return plan_grub_reboot(root, view, strrchr(stem, '/') + 1, plan);
}

static int plan_systemd_boot(const struct root *root, const struct kargs_view *view,
			     const struct boot_line *next, struct change_plan *plan)
{
	_cleanup_free_ char *stem = NULL, *id = NULL, *once = boot_once(root, &view->loader);
	char tool[64];
	int r;

	if (!root_exists(root, "sys/firmware/efi/efivars"))
		return change_plan_refuse(
			plan,
			"systemd-boot's choice for one boot is an EFI variable, and here are none");
	if (!loader_find_tool(root, "bootctl", tool, sizeof(tool)))
		return change_plan_refuse(plan, "bootctl is not installed");
	r = plan_entry(root, view, next, &stem, plan);
	if (r < 0 || plan->refusal)
		return r;
	if (asprintf(&id, "%s.conf", strrchr(stem, '/') + 1) < 0) {
		id = NULL;
		return -ENOMEM;
	}
	if (once && strcmp(once, id) == 0)
		return 0;
	return change_plan_command(plan, NULL,
				   (const char *const[]){tool, "set-oneshot", id, NULL});
}

/* The entry that boots always; NULL with a refusal. */
static int find_default(const struct root *root, const struct kargs_view *view,
			const struct boot_line **ret, struct change_plan *plan)
{
	_cleanup_free_ char *once = boot_once(root, &view->loader);
	const struct boot_line *next = NULL;

	for (size_t i = 0; i < view->lines.n; i++)
		if (view->lines.line[i].kind == BOOT_NEXT)
			next = &view->lines.line[i];
	*ret = next;
	if (once && !trial_is_id(once))
		return change_plan_refuse(
			plan,
			"another entry, %s, was chosen for the next boot; boot it, or take that back, first",
			once);
	if (!next)
		return change_plan_refuse(plan, "the entry that boots by default was not found");
	if (next->recovery)
		return change_plan_refuse(
			plan,
			"%s:%u: the entry that boots by default is a recovery entry, which never claims",
			next->source, next->line);
	return 0;
}

static int plan_loader(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	const struct boot_line *next = NULL;
	bool grub = view->loader.kind != LOADER_SYSTEMD_BOOT;
	int r;

	if (view->loader.kind == LOADER_OSTREE)
		return change_plan_refuse(
			plan,
			"ostree keeps the deployment before this one: use kargs apply, and rpm-ostree rollback to go back");
	r = find_default(root, view, &next, plan);
	if (r == 0 && !plan->refusal && grub)
		r = check_environment(root, view, plan);
	if (r < 0 || plan->refusal)
		return r;
	switch (view->loader.kind) {
	case LOADER_SYSTEMD_BOOT:
		return plan_systemd_boot(root, view, next, plan);
	case LOADER_GRUBENV:
	case LOADER_BLS:
		return plan_bls(root, view, next, plan);
	default:
		return plan_config(root, view, next, plan);
	}
}

int kargs_plan_trial(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret)
{
	struct change_plan lasting _cleanup_change_plan_ = {0}, plan _cleanup_change_plan_ = {0};
	/* What can't be made permanent later is not worth a trial. */
	int r = kargs_plan_apply(root, view, &lasting);

	if (r == 0 && lasting.refusal)
		plan.refusal = TAKE_PTR(lasting.refusal);
	else if (r == 0 && view->trial == TRIAL_RUNNING)
		r = change_plan_refuse(&plan,
				       "this boot is a trial; gpuclaimctl commit decides about it");
	else if (r == 0 && change_plan_has_work(&lasting))
		r = plan_loader(root, view, &plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct change_plan){0};
	return 0;
}

/* The boot loader forgets what it was told, before the entry goes that it would look for. */
static int plan_forget(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	_cleanup_free_ char *once = boot_once(root, &view->loader), *block = NULL;
	char tool[64];

	if (!once || !trial_is_id(once))
		return 0;
	if (view->loader.kind == LOADER_SYSTEMD_BOOT) {
		if (!loader_find_tool(root, "bootctl", tool, sizeof(tool)))
			return change_plan_refuse(plan, "bootctl is not installed");
		return change_plan_command(plan, NULL,
					   (const char *const[]){tool, "set-oneshot", "", NULL});
	}
	if (!loader_find_tool(root, "grub-editenv", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub2-editenv", tool, sizeof(tool)))
		return change_plan_refuse(plan, "grub-editenv is not installed");
	block = absolute(view->loader.grubenv);
	if (!block)
		return -ENOMEM;
	return change_plan_command(plan, NULL,
				   (const char *const[]){tool, block, "unset", "next_entry", NULL});
}

int kargs_plan_trial_revert(const struct root *root, const struct kargs_view *view,
			    const struct undo *undo, struct change_plan *ret)
{
	struct change_plan plan _cleanup_change_plan_ = {0};
	int r = plan_forget(root, view, &plan);

	for (size_t i = 0; i < undo->n && r == 0 && !plan.refusal; i++)
		r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct change_plan){0};
	return 0;
}
