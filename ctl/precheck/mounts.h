/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Would what setup writes be there at the next boot? */
#ifndef GPUCLAIM_CTL_PRECHECK_MOUNTS_H
#define GPUCLAIM_CTL_PRECHECK_MOUNTS_H

#include "ctl/print/finding.h"
#include "helper/base/root.h"

/**
 * precheck_mounts() - /boot and the ESP are mounted if /etc/fstab has them, and / can be written
 *
 * Below another root a real /proc tells of the mounts by this system's own paths: nothing is said
 * then.
 *
 * Source: fstab(5), proc_pid_mountinfo(5).
 *
 * Return: 0, or -ENOMEM.
 */
int precheck_mounts(const struct root *root, struct findings *findings) _must_check_;

#endif
