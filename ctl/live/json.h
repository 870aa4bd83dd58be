/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of claim and release as JSON. */
#ifndef GPUCLAIM_CTL_LIVE_JSON_H
#define GPUCLAIM_CTL_LIVE_JSON_H

#include <stdio.h>

#include "ctl/live/report.h"

/** live_print_json() - the whole report. Return: 0 or -ENOMEM */
int live_print_json(const struct live *live, FILE *to) _must_check_;

#endif
