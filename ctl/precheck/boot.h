/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of the next boot: are the claims armed, and who gets what? */
#ifndef GPUCLAIM_CTL_PRECHECK_BOOT_H
#define GPUCLAIM_CTL_PRECHECK_BOOT_H

#include "ctl/print/finding.h"
#include "helper/claim/assess.h"

/** precheck_arming() - will the claims wait for gpuclaim=1? @policy: of the next boot */
int precheck_arming(const struct policy *policy, struct findings *findings) _must_check_;

/** precheck_next_boot() - who gets what then? @machine: as it is now */
int precheck_next_boot(const struct assessment *future, const struct machine *machine,
		       struct findings *findings) _must_check_;

#endif
