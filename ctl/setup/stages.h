/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of setup: each is planned anew when its turn comes, and is whole or not at all. */
#ifndef GPUCLAIM_CTL_SETUP_STAGES_H
#define GPUCLAIM_CTL_SETUP_STAGES_H

#include "ctl/setup/setup.h"

/** setup_plan_all() - fill @setup->planned; changes nothing */
int setup_plan_all(struct setup *setup);

/** setup_carry_out() - stage by stage */
int setup_carry_out(struct setup *setup);

/**
 * setup_has_adopted() - did a run take old recipes out of files?
 *
 * They are in the images, too, which nothing in an image tells.
 */
bool setup_has_adopted(const struct undo *undo);

#endif
