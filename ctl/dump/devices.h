/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PCI functions in a dump. */
#ifndef GPUCLAIM_CTL_DUMP_DEVICES_H
#define GPUCLAIM_CTL_DUMP_DEVICES_H

#include "ctl/dump/text.h"

/** dump_devices() - the PCI functions, their groups and drivers. Return: 0 or -ENOMEM */
int dump_devices(struct dump *dump) _must_check_;

#endif
