/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the chosen GPUs: what would keep them from working in a guest. */
#ifndef GPUCLAIM_CTL_PRECHECK_HEALTH_H
#define GPUCLAIM_CTL_PRECHECK_HEALTH_H

#include "ctl/print/finding.h"
#include "helper/claim/assess.h"

/** precheck_health() - BARs, resets, power. Return: 0, or -ENOMEM */
int precheck_health(const struct root *root, const struct assessment *future,
		    struct findings *findings) _must_check_;

#endif
