/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What would outlive the package and harm others, taken back. */
#ifndef GPUCLAIM_CTL_SETUP_SERVICES_H
#define GPUCLAIM_CTL_SETUP_SERVICES_H

#include "ctl/change/report.h"

/**
 * setup_undo_services() - only what would hold up other services without the package, or tell
 * Nova of GPUs: gates, links to our units, Nova's drop-in
 *
 * Kernel arguments, images, configuration and records stay; that is told. Where a record can't be
 * read it goes by the names that our files have.
 */
int setup_undo_services(const struct root *root, struct report *report);

#endif
