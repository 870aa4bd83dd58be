/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ostree: each deployment has its arguments. */
#include <stdio.h>
#include <string.h>

#include "ctl/loaders/entries.h"
#include "ctl/loaders/loaders.h"
#include "ctl/loaders/try_grub.h"
#include "ctl/loaders/wanted.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "helper/base/root.h"

static bool detect(const struct root *root, struct loader *l)
{
	static const char *const marks[] = {"run/ostree-booted", "ostree/repo",
					    "sysroot/ostree/repo", NULL};

	if (!loader_first_of(root, marks))
		return false;
	if (!loader_find_tool(root, "rpm-ostree", l->tool, sizeof(l->tool)))
		l->refusal =
			"the system is an image without rpm-ostree; add them to a file in /usr/lib/bootc/kargs.d of the image";
	return true;
}

/* rpm-ostree makes a new deployment; the entry of the next boot tells what is there. */
static int plan_ostree(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	struct kargs_wish wish _cleanup_kargs_wish_ = {0};
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
	r = kargs_wish_make(view, next->cmdline, &wish);
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

const struct kargs_loader kargs_ostree = {
	.kind = {.name = "ostree",
		 .detect = detect,
		 .read = boot_read_entries,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub,
		 .deploys = true},
	.plan = plan_ostree,
	.no_trial =
		"ostree keeps the deployment before this one: use kargs apply, and rpm-ostree rollback to go back",
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};
