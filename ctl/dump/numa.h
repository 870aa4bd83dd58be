/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's processors and NUMA nodes in a dump: what the hints look at. */
#ifndef GPUCLAIM_CTL_DUMP_NUMA_H
#define GPUCLAIM_CTL_DUMP_NUMA_H

#include "ctl/dump/text.h"

/** dump_numa() - their lists of CPUs and free pages of 1 GiB. Return: 0, or -ENOMEM */
int dump_numa(struct dump *dump) _must_check_;

#endif
