/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/arguments/try_entry.h"

#include <stdio.h>
#include <string.h>

#include "boot/env.h"
#include "helper/base/root.h"
#include "helper/base/text.h"

struct trial_wish trial_wish_make(const struct kargs_view *view)
{
	struct trial_wish wish = {0};

	for (size_t i = 0; i < view->n_wanted; i++)
		wish.wanted[wish.n++] = view->wanted[i];
	for (size_t i = 0; i < TRIAL_KARGS; i++)
		wish.wanted[wish.n++] = trial_kargs[i];
	return wish;
}

int kargs_refuse_entry(const struct trial_wish *wish, struct change_plan *plan,
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

int kargs_plan_text(const char *path, const char *before, const char *after,
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

int kargs_copy_entry(const struct root *root, const struct kargs_view *view,
		     const struct boot_line *next, char **ret_stem, struct change_plan *plan)
{
	_cleanup_free_ char *entry = NULL, *path = NULL, *before = NULL;
	_cleanup_free_ char *kernelopts = boot_variable(&view->loader, "kernelopts");
	_cleanup_free_ char *stem = entry_stem(next->entry);
	struct trial_wish wish = trial_wish_make(view);
	int r;

	if (!stem || text_format(&path, "%s.conf", stem) < 0)
		return -ENOMEM;
	r = bls_trial_entry(next->text, kernelopts, wish.wanted, wish.n, &entry);
	if (r < 0)
		return kargs_refuse_entry(&wish, plan, next, r, "its options can't be edited");
	r = root_read_text(root, path, &before);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_stem = TAKE_PTR(stem);
	return kargs_plan_text(path, before, entry, UNDO_OWN, plan);
}

int kargs_forget_efi(const struct root *root, const struct kargs_view *view _unused_,
		     struct change_plan *plan)
{
	char tool[64];

	if (!loader_find_tool(root, "bootctl", tool, sizeof(tool)))
		return change_plan_refuse(plan, "bootctl is not installed");
	return change_plan_command(plan, (const char *const[]){tool, "set-oneshot", "", NULL});
}
