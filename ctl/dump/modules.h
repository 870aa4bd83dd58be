/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modules in a dump. */
#ifndef GPUCLAIM_CTL_DUMP_MODULES_H
#define GPUCLAIM_CTL_DUMP_MODULES_H

#include "ctl/dump/text.h"

/** dump_modules() - what modules match or drive them. Return: 0 or -ENOMEM */
int dump_modules(struct dump *dump) _must_check_;

#endif
