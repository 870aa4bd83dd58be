/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRUB whose grub.cfg is made from /etc/default/grub: by a drop-in, or by an edit. */
#ifndef GPUCLAIM_CTL_KARGS_GRUB_H
#define GPUCLAIM_CTL_KARGS_GRUB_H

#include "ctl/change/plan.h"
#include "ctl/kargs/view.h"

/** kargs_plan_grub() - part of kargs_plan_apply() */
int kargs_plan_grub(const struct root *root, const struct kargs_view *view,
		    struct change_plan *plan) _must_check_;

/** kargs_plan_mkconfig() - the command that writes grub.cfg anew */
int kargs_plan_mkconfig(const struct root *root, const struct loader *loader,
			struct change_plan *plan) _must_check_;

#endif
