/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of CPUs: "0-15,32-47", and as Nova writes them, "4-15,^8". Pure. */
#ifndef GPUCLAIM_CTL_HINTS_CPUS_H
#define GPUCLAIM_CTL_HINTS_CPUS_H

#include <stdbool.h>

#define CPUS_MAX 8192 /* CONFIG_NR_CPUS of x86 has no more */

struct cpus {
	bool in[CPUS_MAX];
};

/**
 * cpus_add() - add the CPUs of a list
 *
 * "^8" takes one away, wherever it stands. Source: parse_cpu_spec() in nova/virt/hardware.py;
 * cpulist_parse() of the kernel.
 *
 * Return: 0, or -EINVAL: @cpus holds what was understood.
 */
int cpus_add(struct cpus *cpus, const char *list);

/** cpus_count_common() - how many are in both */
long cpus_count_common(const struct cpus *a, const struct cpus *b);

#endif
