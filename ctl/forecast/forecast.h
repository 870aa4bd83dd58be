/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot will decide: as things are, or once setup has done its work. */
#ifndef GPUCLAIM_CTL_FORECAST_FORECAST_H
#define GPUCLAIM_CTL_FORECAST_FORECAST_H

#include "ctl/arguments/lines.h"

#include "helper/claim/assess.h"

/**
 * forecast() - the real decision, on the facts as they will be
 * @machine:	as it is
 * @config_text: what SELECTION_FILE will hold
 * @release:	the kernel that boots next; NULL: not known, and like the one that runs
 *
 * Otherwise than now: gpuclaim=1 is among the kernel arguments; no module has
 * bound a function that is to be claimed, though a built-in driver has; the
 * wanted driver is there if @release has its module; nothing is recorded; and an IOMMU that only
 * the kernel has off is on, each function being in a group of its own, since the true groups can't
 * be known before.
 *
 * Return: 0, or a negative errno. Free with assessment_free().
 */
int forecast(const struct root *root, const struct machine *machine, const char *config_text,
	     const char *release, struct assessment *ret) _must_check_;

/**
 * forecast_next_boot() - the same of the configuration that is there, with the kernel arguments
 *			  that the next boot has
 * @boot:	of kargs_view_read()
 *
 * Return: 0, -ENODATA if those can't be told, or another negative errno. Free likewise.
 */
int forecast_next_boot(const struct root *root, const struct machine *machine,
		       const struct kargs_view *boot, struct assessment *ret) _must_check_;

/** forecast_takes() - is that function chosen? */
bool forecast_takes(const struct assessment *future, const struct outcome *outcome);

/** forecast_takes_gpu() - is it a chosen GPU itself, none of its companions? */
bool forecast_takes_gpu(const struct assessment *future, const struct outcome *outcome);

#endif
