/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/try.h"

#include "ctl/kargs/apply.h"
#include "ctl/kargs/revert.h"
#include "ctl/loaders/loaders.h"
#include "grub/grub_trial.h"

/* The entry that boots always; NULL with a refusal. */
static int find_default(const struct kargs_view *view, const struct boot_line **ret,
			struct change_plan *plan)
{
	const char *once = view->loader.once;
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
	if (next->foreign)
		return change_plan_refuse(
			plan,
			"%s:%u: the entry that boots by default is another system's, or made by hand, and is not copied",
			next->source, next->line);
	return 0;
}

static int plan_loader(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	const struct kargs_loader *loader = kargs_loader_of(&view->loader);
	const struct boot_line *next = NULL;
	int r;

	if (loader->no_trial)
		return change_plan_refuse(plan, "%s", loader->no_trial);
	r = find_default(view, &next, plan);
	return r < 0 || plan->refusal ? r : loader->plan_trial(root, view, next, plan);
}

int kargs_plan_trial(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret)
{
	struct change_plan lasting _cleanup_(change_plan_free) = {0},
				   plan _cleanup_(change_plan_free) = {0};
	/* What can't be made permanent later is not worth a trial. */
	int r = kargs_plan_apply(root, view, &lasting);

	if (r == 0 && lasting.refusal)
		plan.refusal = TAKE_PTR(lasting.refusal);
	else if (r == 0 && view->trial == TRIAL_RUNNING)
		r = change_plan_refuse(&plan,
				       "this boot is a trial; gpuclaimctl commit decides about it");
	else if (r == 0 && change_plan_has_work(&lasting))
		r = plan_loader(root, view, &plan);
	return HAND_OVER(r, ret, plan);
}

/* The boot loader forgets what it was told, before the entry goes that it would look for. */
static int plan_forget(const struct root *root, const struct kargs_view *view,
		       struct change_plan *plan)
{
	const char *once = view->loader.once;

	if (!once || !trial_is_id(once))
		return 0;
	return kargs_loader_of(&view->loader)->forget(root, view, plan);
}

int kargs_plan_trial_revert(const struct root *root, const struct kargs_view *view,
			    const struct undo *undo, struct change_plan *ret)
{
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r = plan_forget(root, view, &plan);

	for (size_t i = 0; i < undo->n && r == 0 && !plan.refusal; i++)
		r = kargs_plan_restore(root, view, undo, &undo->file[i], &plan);
	return HAND_OVER(r, ret, plan);
}
