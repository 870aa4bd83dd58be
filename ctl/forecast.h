/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot will decide, once setup has done its work. */
#ifndef GPUCLAIMCTL_FORECAST_H
#define GPUCLAIMCTL_FORECAST_H

#include "assess.h"

/**
 * forecast() - the real decision, on the facts as they will be
 * @config_text: what SELECTION_FILE will hold
 *
 * Otherwise than now: gpuclaim=1 is among the kernel arguments; no module has
 * bound a function that is to be claimed, though a built-in driver has; nothing
 * is recorded; and an IOMMU that only the kernel has off is on, each function
 * being in a group of its own, since the true groups can't be known before.
 *
 * Return: 0, or a negative errno. Free with assessment_free().
 */
int forecast(const struct root *root, const char *config_text,
	     struct assessment *ret) _must_check_;

#endif
