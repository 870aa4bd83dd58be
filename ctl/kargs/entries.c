/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot loaders with an entry for each kernel: grubby's, kernel-install's, ostree's. */
#include <stdio.h>
#include <string.h>

#include "ctl/change/plan.h"
#include "ctl/kargs/entries.h"
#include "ctl/kargs/view.h"
#include "ctl/kargs/wanted.h"
#include "grub/bls.h"
#include "grub/boot.h"
#include "grub/boot_env.h"
#include "grub/grub_default.h"
#include "helper/base/root.h"

#define DEFAULT_PATH "etc/default/grub"
#define CMDLINE_PATH "etc/kernel/cmdline"
#define VARIABLE     "GRUB_CMDLINE_LINUX"

/* What a tool is to be told for one command line: our arguments, merged with the user's. */
struct wish {
	char *words; /* "intel_iommu=on,sm_on iommu=pt", "" if nothing is missing */
	struct kargs_changes changes;
};

static void wish_free(struct wish *wish)
{
	free(wish->words);
	kargs_changes_free(&wish->changes);
}

static int make_wish(const struct kargs_view *view, const char *cmdline, struct wish *ret)
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

/* What /etc/kernel/cmdline would have to say: as the entry that boots next, tuned's part aside. */
static int first_cmdline(const struct root *root, const struct kargs_view *view, char **ret)
{
	static const char *const others[] = {"$tuned_params", "initrd", "BOOT_IMAGE"};
	_cleanup_free_ char *options = NULL, *clean = NULL;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		_cleanup_free_ char *text = NULL;
		int r;

		if (line->kind != BOOT_NEXT || !line->entry)
			continue;
		r = root_read_text(root, line->entry, &text);
		if (r == 0)
			r = bls_options(text, &options, NULL);
		if (r < 0)
			return r;
		clean = kargs_without(options, others, ARRAY_SIZE(others));
		return clean && asprintf(ret, "%s\n", clean) >= 0 ? 0 : -ENOMEM;
	}
	return -ENOENT;
}

/*
 * The template of new kernels. Where there is none, the next kernel would copy the running
 * arguments, of a trial for example: then it is made.
 */
static int plan_cmdline(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_FILE, .path = (char *)CMDLINE_PATH, .editor = UNDO_CMDLINE};
	_cleanup_free_ char *before = NULL, *first = NULL, *after = NULL;
	const char *from = NULL;
	int r = root_read_text(root, CMDLINE_PATH, &before);

	if (r == -ENOENT) {
		r = first_cmdline(root, view, &first);
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

/* The entry's file, which a program is going to write. */
static int watch_entry(const struct root *root, const struct boot_line *line,
		       const struct kargs_changes *changes, struct change_plan *plan)
{
	struct change_step step = {
		.kind = CHANGE_WATCH, .path = line->entry, .editor = UNDO_BLS, .changes = *changes};
	_cleanup_free_ char *text = NULL;
	int r = root_read_text(root, line->entry, &text);

	step.before = text;
	return r < 0 ? r : change_plan_add(plan, &step);
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

/*
 * Its wish; entries that want nothing are watched, too: their words are the user's, whereas an
 * entry that the record does not know has ours from the template. Returns 1 if there is a wish.
 */
static int look_at_entry(const struct root *root, const struct kargs_view *view,
			 const struct boot_line *line, struct wish *ret, struct change_plan *plan)
{
	int r;

	if (line->kind != BOOT_KERNEL || !line->entry)
		return 0;
	if (kargs_line_is_judged(line))
		r = make_wish(view, line->cmdline, ret);
	else
		r = (ret->words = strdup("")) ? 0 : -ENOMEM;
	if (r == 0)
		r = watch_entry(root, line, &ret->changes, plan);
	return r < 0 ? r : *ret->words != '\0';
}

/* Kernel by kernel: each has its own arguments to merge with, and the rescue entry stays. */
static int plan_bls(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		struct wish wish __attribute__((cleanup(wish_free))) = {0};
		_cleanup_free_ char *kernel = NULL;
		int r = look_at_entry(root, view, line, &wish, plan);

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
static int plan_grubenv(const struct root *root, const struct kargs_view *view,
			struct change_plan *plan)
{
	struct wish wish __attribute__((cleanup(wish_free))) = {0};
	_cleanup_free_ char *shared = boot_grubenv(root, &view->loader, "kernelopts");
	bool missing;
	int r;

	if (!shared)
		return kargs_refuse(
			plan, view,
			"the entries say $kernelopts, and grubenv does not say what it is");
	r = make_wish(view, shared, &wish);
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
			r = watch_entry(root, &view->lines.line[i], &wish.changes, plan);
	if (r == 0 && missing)
		r = plan_grubby(view, "ALL", "args", wish.words, plan);
	return r == 0 ? plan_rescue(view, missing, plan) : r;
}

static int plan_kernel_install(const struct root *root, const struct kargs_view *view,
			       struct change_plan *plan)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		struct wish wish __attribute__((cleanup(wish_free))) = {0};
		_cleanup_free_ char *image = NULL;
		int r = look_at_entry(root, view, line, &wish, plan);

		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (asprintf(&image, "/usr/lib/modules/%s/vmlinuz", line->name) < 0 ||
		    (!root_exists(root, image + 1) &&
		     (free(image), asprintf(&image, "/boot/vmlinuz-%s", line->name) < 0))) {
			image = NULL;
			return -ENOMEM;
		}
		if (!root_exists(root, image + 1))
			return kargs_refuse(
				plan, view,
				"%s: its kernel is not where kernel-install could find it",
				line->source);
		r = change_plan_command(
			plan, NULL,
			(const char *const[]){view->loader.tool, "add", line->name, image, NULL});
		if (r < 0)
			return r;
	}
	return 0;
}

/* rpm-ostree makes a new deployment; the entry of the next boot tells what is there. */
static int plan_ostree(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	struct wish wish __attribute__((cleanup(wish_free))) = {0};
	const struct boot_line *next = NULL;
	char *argv[4 + 2 * KARGS_ALL] = {(char *)view->loader.tool, (char *)"kargs"};
	size_t n = 2;
	int r;

	if (root->confined)
		return kargs_refuse(plan, view, "rpm-ostree works on the running system only");
	for (size_t i = 0; i < view->lines.n && !next; i++)
		if (view->lines.line[i].kind == BOOT_NEXT)
			next = &view->lines.line[i];
	if (!next)
		return kargs_refuse(plan, view, "the deployment's boot entry was not found");
	r = make_wish(view, next->cmdline, &wish);
	if (r < 0 || !*wish.words)
		return r;
	r = change_plan_add(plan, &(struct change_step){.kind = CHANGE_WATCH,
							.path = (char *)"ostree",
							.editor = UNDO_OSTREE,
							.before = next->cmdline,
							.changes = wish.changes});
	for (size_t i = 0; i < wish.changes.n && r == 0; i++) {
		const struct kargs_change *c = &wish.changes.change[i];

		if (*c->was && asprintf(&argv[n++], "--delete-if-present=%s", c->was) < 0)
			r = -ENOMEM;
		if (r == 0 && asprintf(&argv[n++], "--append-if-missing=%s", c->now) < 0)
			r = -ENOMEM;
	}
	argv[r < 0 ? n - 1 : n] = NULL;
	if (r == 0)
		r = change_plan_add(plan,
				    &(struct change_step){.kind = CHANGE_COMMAND, .argv = argv});
	while (n-- > 2)
		free(argv[n]);
	return r;
}

int kargs_plan_entries(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	int r = 0;

	if (view->loader.kind == LOADER_OSTREE)
		return plan_ostree(root, view, plan);
	/* New kernels' template is newer than /etc/default/grub, or it is made from that. */
	if (view->loader.kind != LOADER_SYSTEMD_BOOT)
		r = plan_default(root, view, plan);
	if (r == 0 && view->loader.kind != LOADER_GRUBENV)
		r = plan_cmdline(root, view, plan);
	if (r < 0 || plan->refusal)
		return r;
	switch (view->loader.kind) {
	case LOADER_SYSTEMD_BOOT:
		return plan_kernel_install(root, view, plan);
	case LOADER_GRUBENV:
		return plan_grubenv(root, view, plan);
	default:
		return plan_bls(root, view, plan);
	}
}
