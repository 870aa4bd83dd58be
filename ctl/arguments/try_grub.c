/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/try_grub.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "grub/grubenv.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

/*
 * Asks grub-probe one thing of the environment block. What it says beyond the words that are
 * known to be good is a refusal: an entry that GRUB can't take out of its environment again
 * would be booted for ever.
 */
static int probe(const struct root *root, const struct kargs_view *view, const char *tool,
		 const char *target, const char *const good[], struct change_plan *plan)
{
	_cleanup_free_ char *block = text_absolute(view->loader.grubenv), *output = NULL;
	char option[32], *rest;
	int r;

	if (!block)
		return -ENOMEM;
	(void)snprintf(option, sizeof(option), "--target=%s", target);
	r = exec_run(root, (const char *const[]){tool, option, block, NULL}, NULL, &output);
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
		if (!text_is_any(word, good))
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
		return change_plan_refuse(plan, "can't ask whether GRUB can write /%s: %s",
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

static int refuse_blockless(const struct root *root, const char *path, struct change_plan *plan)
{
	char tool[64];
	bool is_grub2 = loader_find_tool(root, "grub2-editenv", tool, sizeof(tool));

	if (!path)
		path = is_grub2 ? "boot/grub2/grubenv" : "boot/grub/grubenv";
	return change_plan_refuse(
		plan,
		"GRUB has no environment block to remember a trial in; %s /%s create makes one",
		is_grub2 ? "grub2-editenv" : "grub-editenv", path);
}

int kargs_check_grub(const struct root *root, const struct kargs_view *view,
		     struct change_plan *plan)
{
	_cleanup_free_ char *text = NULL, *value = NULL;
	const char *path = view->loader.grubenv;
	int r = path ? root_read_text(root, path, &text) : -ENOENT;

	if (r == 0)
		r = grubenv_get(text, "next_entry", &value);
	if (!path || (r == -EINVAL && !*text))
		return refuse_blockless(root, path, plan);
	if (r == -EINVAL)
		return change_plan_refuse(plan, "/%s is no environment block of GRUB", path);
	if (r < 0 && r != -ENOENT)
		return r;
	r = check_config(root, view, plan);
	return r < 0 || plan->refusal ? r : check_writable(root, view, plan);
}

int kargs_grub_reboot(const struct root *root, const struct kargs_view *view, const char *id,
		      struct change_plan *plan)
{
	const char *once = view->loader.once;
	char tool[64];

	if (once && strcmp(once, id) == 0)
		return 0;
	if (!loader_find_tool(root, "grub-reboot", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub2-reboot", tool, sizeof(tool)))
		return change_plan_refuse(plan, "grub-reboot is not installed");
	return change_plan_command(plan, (const char *const[]){tool, id, NULL});
}

int kargs_forget_grub(const struct root *root, const struct kargs_view *view,
		      struct change_plan *plan)
{
	_cleanup_free_ char *block = NULL;
	char tool[64];

	if (!loader_find_tool(root, "grub-editenv", tool, sizeof(tool)) &&
	    !loader_find_tool(root, "grub2-editenv", tool, sizeof(tool)))
		return change_plan_refuse(plan, "grub-editenv is not installed");
	block = text_absolute(view->loader.grubenv);
	if (!block)
		return -ENOMEM;
	return change_plan_command(plan,
				   (const char *const[]){tool, block, "unset", "next_entry", NULL});
}
