/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fleet as JSON. */
#ifndef GPUCLAIM_CTL_FLEET_JSON_H
#define GPUCLAIM_CTL_FLEET_JSON_H

#include <stdio.h>

#include "ctl/fleet/fleet.h"

/** fleet_print_json() - Return: 0, or -ENOMEM */
int fleet_print_json(const struct fleet *fleet, const struct fleet_summary *summary,
		     FILE *to) _must_check_;

#endif
