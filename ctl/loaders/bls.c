/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the specification that GRUB reads, as Red Hat's does, and grubby writes. */
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
#include "grub/grub_default.h"
#include "helper/base/root.h"

#define DEFAULT_PATH "etc/default/grub"
#define VARIABLE     "GRUB_CMDLINE_LINUX"

static bool is_bls(const struct root *root, const struct loader *l)
{
	return l->entries && loader_folder_has(root, l->entries, ".conf", NULL) &&
	       !loader_file_says(root, DEFAULT_PATH, "GRUB_ENABLE_BLSCFG=false");
}

static void find_grubby(const struct root *root, struct loader *l)
{
	if (!loader_find_tool(root, "grubby", l->tool, sizeof(l->tool)))
		l->refusal = "the entries are grubby's, which is not installed; install grubby";
	else
		l->keeps_default = loader_file_says(root, l->tool + 1, "no-etc-grub-update");
}

static bool detect_grubenv(const struct root *root, struct loader *l)
{
	if (!is_bls(root, l) || !loader_folder_has(root, l->entries, ".conf", "$kernelopts"))
		return false;
	find_grubby(root, l);
	return true;
}

static bool detect_bls(const struct root *root, struct loader *l)
{
	if (!is_bls(root, l))
		return false;
	find_grubby(root, l);
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

/* As grubby looks for it: the folder of the kernels is part of the name. */
static char *grubby_path(const char *kernel)
{
	char *path;

	if (asprintf(&path, "%s%s", strncmp(kernel, "/boot/", 6) == 0 ? "" : "/boot", kernel) < 0)
		return NULL;
	return path;
}

static int plan_grubby(const struct kargs_view *view, const char *kernel, const char *option,
		       const char *words, struct change_plan *plan)
{
	_cleanup_free_ char *update = NULL, *args = NULL;
	const struct loader *loader = &view->loader;
	const char *guard = loader->keeps_default ? NULL : DEFAULT_PATH;

	if (asprintf(&update, "--update-kernel=%s", kernel) < 0) {
		update = NULL;
		return -ENOMEM;
	}
	if (asprintf(&args, "--%s=%s", option, words) < 0) {
		args = NULL;
		return -ENOMEM;
	}
	/* The option must not be the first one. */
	return change_plan_command(
		plan, guard,
		(const char *const[]){loader->tool, update, args,
				      loader->keeps_default ? "--no-etc-grub-update" : NULL, NULL});
}

/* Kernel by kernel: each has its own arguments to merge with, and the rescue entry stays. */
static int plan_entries(const struct kargs_view *view, struct change_plan *plan)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		struct kargs_wish wish _cleanup_kargs_wish_ = {0};
		_cleanup_free_ char *kernel = NULL;
		int r = kargs_wish_of_entry(view, line, &wish, plan);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		kernel = grubby_path(line->kernel);
		r = kernel ? plan_grubby(view, kernel, "args", wish.words, plan) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

/* New kernels' template is newer than /etc/default/grub, or it is made from that. */
static int plan_bls(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan)
{
	int r = plan_default(root, view, plan);

	if (r == 0)
		r = kargs_plan_cmdline(root, view, plan);
	return r < 0 || plan->refusal ? r : plan_entries(view, plan);
}

/* The rescue entry never claims: where it says $kernelopts, grubby gives it a text of its own. */
static int plan_rescue(const struct kargs_view *view, bool added, struct change_plan *plan)
{
	const struct kargs_wanted *arm = &view->wanted[view->n_wanted - 1];

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		_cleanup_free_ char *kernel = NULL;
		int r;

		if (line->kind != BOOT_KERNEL || !line->recovery)
			continue;
		r = added ? KARGS_PRESENT : kargs_state(line->cmdline, arm, NULL);
		if (r != KARGS_PRESENT) {
			if (r < 0)
				return r;
			continue;
		}
		kernel = grubby_path(line->kernel);
		r = kernel ? plan_grubby(view, kernel, "remove-args", "gpuclaim=1", plan) : -ENOMEM;
		if (r < 0)
			return r;
	}
	return 0;
}

/* All kernels share $kernelopts. */
static int plan_shared(const struct kargs_view *view, struct change_plan *plan)
{
	struct kargs_wish wish _cleanup_kargs_wish_ = {0};
	_cleanup_free_ char *shared = boot_variable(&view->loader, "kernelopts");
	bool missing;
	int r;

	if (!shared)
		return kargs_refuse(
			plan, view,
			"the entries say $kernelopts, and grubenv does not say what it is");
	r = kargs_wish_make(view, shared, &wish);
	if (r < 0)
		return r;
	missing = *wish.words != '\0';
	r = change_plan_add(plan, &(struct change_step){.kind = CHANGE_WATCH,
							.path = (char *)view->loader.grubenv,
							.editor = UNDO_GRUBENV,
							.before = shared,
							.changes = wish.changes});
	for (size_t i = 0; i < view->lines.n && r == 0; i++)
		if (view->lines.line[i].kind == BOOT_KERNEL && view->lines.line[i].entry)
			r = kargs_watch_entry(&view->lines.line[i], &wish.changes, plan);
	if (r == 0 && missing)
		r = plan_grubby(view, "ALL", "args", wish.words, plan);
	return r == 0 ? plan_rescue(view, missing, plan) : r;
}

static int plan_grubenv(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	int r = plan_default(root, view, plan);

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
