/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness as JSON. */
#ifndef GPUCLAIM_CTL_STATUS_JSON_H
#define GPUCLAIM_CTL_STATUS_JSON_H

#include <stdio.h>

#include "ctl/status/status.h"

/** status_print_json() - Return: 0, or -ENOMEM */
int status_print_json(const struct status *status, FILE *to) _must_check_;

#endif
