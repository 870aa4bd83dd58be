/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/apply.h"

#include "ctl/change/plan.h"
#include "ctl/kargs/conflicts.h"
#include "ctl/loaders/loaders.h"
#include "ctl/loaders/wanted.h"

int kargs_plan_apply(const struct root *root, const struct kargs_view *view,
		     struct change_plan *ret)
{
	struct change_plan plan _cleanup_change_plan_ = {0};
	int r = 0;

	if (kargs_refusal(view))
		r = kargs_refuse(&plan, view, "%s", kargs_refusal(view));
	if (r == 0 && !plan.refusal)
		r = kargs_check_conflicts(root, view, &plan);
	if (r == 0 && !plan.refusal)
		r = kargs_loader_of(&view->loader)->plan(root, view, &plan);
	if (r < 0)
		return r;
	*ret = plan;
	plan = (struct change_plan){0};
	return 0;
}
