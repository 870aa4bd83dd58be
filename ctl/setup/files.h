/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that setup writes itself. */
#ifndef GPUCLAIM_CTL_SETUP_FILES_H
#define GPUCLAIM_CTL_SETUP_FILES_H

#include "ctl/setup/setup.h"

/** setup_run_files() - steps of setup's own record: all of them or none */
int setup_run_files(struct setup *setup, struct change_plan *plan);

#endif
