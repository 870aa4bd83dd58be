/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drop-in of Nova as a part of setup. */
#ifndef GPUCLAIM_CTL_SETUP_NOVA_H
#define GPUCLAIM_CTL_SETUP_NOVA_H

#include "ctl/setup/setup.h"

/** setup_plan_nova(), setup_run_nova() - the drop-in of Nova, where there is Nova or an alias */
int setup_plan_nova(struct setup *setup, struct change_plan *plan);
int setup_run_nova(struct setup *setup);

/** setup_undo_nova() - take it back; only plan and tell, if that is all. @plan: is added to */
int setup_undo_nova(const struct root *root, bool dry_run, struct change_plan *plan,
		    struct report *report);

/** setup_undo_nova_known() - the same, and where its record can't be read, by its usual name */
int setup_undo_nova_known(const struct root *root, bool dry_run, struct change_plan *plan,
			  struct report *report);

#endif
