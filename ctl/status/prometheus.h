/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness as metrics. */
#ifndef GPUCLAIM_CTL_STATUS_PROMETHEUS_H
#define GPUCLAIM_CTL_STATUS_PROMETHEUS_H

#include <stdio.h>

#include "ctl/status/status.h"

/** status_print_prometheus() - Return: 0, or -ENOMEM */
int status_print_prometheus(const struct status *status, FILE *to) _must_check_;

#endif
