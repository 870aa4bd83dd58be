/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/apply.h"

#include <string.h>

#include "ctl/arguments/wanted.h"
#include "ctl/change/plan.h"
#include "ctl/kargs/conflicts.h"
#include "ctl/loaders/loaders.h"
#include "boot/entries.h"
#include "boot/running/running.h"

/* Such as bring a file of its own for each kernel; what an image brings it brings itself. */
static bool has_entries(const struct kargs_view *view)
{
	const struct loader_kind *kind = view->loader.kind;

	return kind->read == boot_read_entries && !kind->deploys;
}

/* To have found no kernel is no success where there is one. */
static int check_kernels(const struct root *root, const struct kargs_view *view,
			 struct change_plan *plan)
{
	_cleanup_free_ char *kernel = NULL, *running = NULL;
	int r = 0;

	for (size_t i = 0; i < view->lines.n; i++)
		if (view->lines.line[i].kind == BOOT_KERNEL && !view->lines.line[i].recovery)
			return 0;
	if (has_entries(view))
		r = boot_find_kernel(root, &kernel);
	if (r < 0 || !has_entries(view))
		return r;
	running = kernel ? NULL : running_cmdline(root);
	if (running)
		return kargs_refuse(
			plan, view,
			"no boot entry of a kernel was found, but a kernel runs; mount /boot and the EFI partition first");
	if (!kernel)
		return text_list_add(&plan->warnings,
				     "no kernel is installed: the next one gets the arguments");
	return kargs_refuse(
		plan, view,
		"no boot entry of a kernel was found, but /%s is there; mount /boot and the EFI partition first",
		kernel);
}

/* An entry that can't be read may be a kernel's. */
static int check_entries(const struct kargs_view *view, struct change_plan *plan)
{
	const char *folder = view->loader.entries;
	size_t n = folder ? strlen(folder) : 0;

	for (size_t i = 0; folder && i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind == BOOT_KERNEL && line->why && line->source &&
		    strncmp(line->source + 1, folder, n) == 0)
			return kargs_refuse(plan, view, "%s: %s; mend or remove it", line->source,
					    line->why);
	}
	return 0;
}

/* What is changed here would not be booted. */
static int check_next(const struct kargs_view *view, struct change_plan *plan)
{
	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];
		int r = 1;

		if (line->kind == BOOT_NEXT && line->foreign && line->cmdline)
			r = kargs_line_is_complete(view, line);
		if (r < 0)
			return r;
		if (r == 0)
			return kargs_refuse(
				plan, view,
				"%s:%u: the entry that boots next is another system's, or made by hand; choose another default, or add the arguments to it by hand",
				line->source, line->line);
	}
	return 0;
}

int kargs_plan_apply(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r = 0;

	if (kargs_refusal(view))
		r = kargs_refuse(&plan, view, "%s", kargs_refusal(view));
	if (r == 0 && !plan.refusal)
		r = check_entries(view, &plan);
	if (r == 0 && !plan.refusal)
		r = check_kernels(root, view, &plan);
	if (r == 0 && !plan.refusal)
		r = kargs_check_conflicts(root, view, &plan);
	if (r == 0 && !plan.refusal)
		r = check_next(view, &plan);
	if (r == 0 && !plan.refusal)
		r = kargs_loader_of(&view->loader)->plan(root, view, &plan);
	return HAND_OVER(r, ret, plan);
}
