/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system around the functions in a dump. */
#ifndef GPUCLAIM_CTL_DUMP_SYSTEM_H
#define GPUCLAIM_CTL_DUMP_SYSTEM_H

#include "ctl/dump/text.h"

/** dump_system() - IOMMU, kernel arguments, configuration, record. Return: 0 or -ENOMEM */
int dump_system(struct dump *dump) _must_check_;

#endif
