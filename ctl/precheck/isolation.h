/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel arguments of boots to come say of the IOMMU groups. Pure. */
#ifndef GPUCLAIM_CTL_PRECHECK_ISOLATION_H
#define GPUCLAIM_CTL_PRECHECK_ISOLATION_H

#include "ctl/readiness/facts.h"

/**
 * isolation_foresee() - a later boot's arguments in place of this one's
 * @next:	the command line of the next boot, or NULL
 * @rewritten:	the lines of new kernels are written anew before they count
 * @args:	of this boot; what changes the groups is taken from @next
 * @facts:	@acs_source and @acs_later are set where a later boot is worse off
 *
 * Return: 0, or -ENOMEM.
 */
int isolation_foresee(const struct boot_lines *lines, const char *next, bool rewritten,
		      struct kernel_args *args, struct facts *facts) _must_check_;

#endif
