/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hints look at, read. */
#ifndef GPUCLAIM_CTL_HINTS_READ_H
#define GPUCLAIM_CTL_HINTS_READ_H

#include "ctl/hints/hints.h"
#include "ctl/readiness/facts.h"

/**
 * hints_read() - read the facts of all selected GPUs, and judge them
 * @facts:	what was read of the node
 * @dedicated:	CPUs that Nova keeps for guests, "4-15,^8"; NULL: it says none
 *
 * No GPU is woken up: of one that sleeps nothing is asked, and no port that sleeps.
 *
 * Source: "address sizes" in arch/x86/kernel/cpu/proc.c; nodeN/cpulist in
 * Documentation/ABI/stable/sysfs-devices-node; __resource_resize_show() in drivers/pci/pci-sysfs.c
 * (it wakes a device that sleeps; bit 0 is 1 MiB).
 *
 * Return: 0, or -ENOMEM. Free with hints_free().
 */
int hints_read(const struct root *root, const struct facts *facts, const char *dedicated,
	       struct hints *ret) _must_check_;

#endif
