/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fleet for people at a terminal. */
#ifndef GPUCLAIM_CTL_FLEET_TEXT_H
#define GPUCLAIM_CTL_FLEET_TEXT_H

#include <stdio.h>

#include "ctl/fleet/fleet.h"

/** fleet_print_text() - @all: the nodes that are ready, and all names, too. Return: 0, or -errno */
int fleet_print_text(const struct fleet *fleet, const struct fleet_summary *summary, bool all,
		     FILE *to) _must_check_;

#endif
