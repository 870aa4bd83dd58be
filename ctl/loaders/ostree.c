/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ostree: each deployment has its arguments; and an image of bootc or ostree while it is built. */
#include <stdio.h>
#include <string.h>

#include "ctl/arguments/entries.h"
#include "ctl/arguments/try_grub.h"
#include "ctl/arguments/wanted.h"
#include "ctl/loaders/row.h"
#include "boot/entries.h"
#include "boot/env.h"
#include "boot/new.h"
#include "helper/base/root.h"

static bool detect(const struct root *root, struct loader *l)
{
	static const char *const marks[] = {"run/ostree-booted", "ostree/repo",
					    "sysroot/ostree/repo", NULL};

	if (!loader_first_of(root, marks))
		return false;
	if (!loader_find_tool(root, "rpm-ostree", l->tool, sizeof(l->tool)))
		l->refusal =
			"the system is an image without rpm-ostree; run gpuclaimctl setup --image where the image is built, which adds the arguments to its /usr/lib/bootc/kargs.d";
	return true;
}

static const struct boot_line *find_next(const struct boot_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		if (lines->line[i].kind == BOOT_NEXT)
			return &lines->line[i];
	return NULL;
}

/* Of the deployment before the next one, to go back to: rpm-ostree leaves it as it is. */
static bool is_earlier(const struct boot_line *line, const struct boot_line *next)
{
	return line->cmdline && strstr(line->cmdline, " ostree=/") && line->entry && next &&
	       next->entry && strcmp(line->entry, next->entry) != 0;
}

static int read_deployment(const struct root *root, const struct loader *loader,
			   struct boot_lines *lines)
{
	struct boot_lines all _cleanup_(boot_lines_free) = {0};
	const struct boot_line *next;
	int r = boot_read_staged(root, lines);

	if (r != 0)
		return r < 0 ? r : 0;
	r = boot_read_entries(root, loader, &all);
	next = find_next(&all);
	for (size_t i = 0; i < all.n && r == 0; i++) {
		struct boot_line line = all.line[i];

		line.source++; /* a slash */
		if (!is_earlier(&line, next))
			r = boot_add(lines, &line);
	}
	return r;
}

/* What the image brings, where it is gpuclaim's: else the node's own arguments go on without it. */
static int read_image(const struct root *root, const struct loader *loader,
		      struct boot_lines *lines)
{
	struct boot_lines all _cleanup_(boot_lines_free) = {0};
	int r = boot_read_image(root, loader, &all);

	for (size_t i = 0; i < all.n && r == 0; i++) {
		struct boot_line line = all.line[i];

		line.source++; /* a slash */
		if (!line.cmdline || strstr(line.cmdline, "gpuclaim"))
			r = boot_add(lines, &line);
	}
	return r;
}

/* rpm-ostree makes a new deployment; the entry of the next boot tells what is there. */
static int plan_ostree(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	struct kargs_wish wish _cleanup_(kargs_wish_free) = {0};
	const struct boot_line *next = find_next(&view->lines);
	char *argv[4 + 2 * KARGS_ALL] = {(char *)view->loader.tool, (char *)"kargs"};
	size_t n = 2;
	int r;

	if (root->confined)
		return kargs_refuse(plan, view, "rpm-ostree works on the running system only");
	if (!next)
		return kargs_refuse(plan, view, "the deployment's boot entry was not found");
	if (!next->cmdline)
		return kargs_refuse(plan, view, "%s: %s", next->source, next->why);
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

/*
 * rpm-ostree has its commands by then, and writes the entry of a new deployment: one of those that
 * are there now, put back, would name a folder that is gone.
 */
static int revert_ostree(const struct root *root _unused_, const struct kargs_view *view _unused_,
			 const struct undo *undo _unused_, struct change_plan *plan _unused_)
{
	return 0;
}

const struct kargs_loader kargs_ostree = {
	.kind = {.name = "ostree",
		 .detect = detect,
		 .read = read_deployment,
		 .read_new = read_image,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub,
		 .deploys = true},
	.plan = plan_ostree,
	.no_trial =
		"ostree keeps the deployment before this one: use kargs apply, and rpm-ostree rollback to go back",
	.forget = kargs_forget_grub,
	.revert = revert_ostree,
};

/* An image while it is built: what was ever installed has a boot loader's entries, or its file. */
static bool detect_image(const struct root *root, struct loader *l)
{
	if (l->config || l->entries || !boot_has_image_kargs(root))
		return false;
	l->refusal =
		"the tree is an image that is being built; gpuclaimctl setup --image adds the arguments to /usr/lib/bootc/kargs.d/60-gpuclaim.toml";
	return true;
}

const struct kargs_loader kargs_image = {
	.kind = {.name = "image",
		 .detect = detect_image,
		 .read = boot_read_entries,
		 .read_new = boot_read_image,
		 .once = boot_once_grub,
		 .lasting = boot_lasting_grub,
		 .deploys = true},
	.forget = kargs_forget_grub,
	.revert = kargs_revert_entries,
};
