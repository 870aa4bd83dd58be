/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Readiness for people. */
#ifndef GPUCLAIM_CTL_STATUS_TEXT_H
#define GPUCLAIM_CTL_STATUS_TEXT_H

#include <stdio.h>

#include "ctl/print/table.h"
#include "ctl/status/status.h"

/* Ends with NULL. */
extern const char *const status_columns[];

/** status_print_text() - @verbose: checks that pass are told, too. Return: 0, or -ENOMEM */
int status_print_text(const struct status *status, bool verbose, const struct table_style *style,
		      FILE *to) _must_check_;

#endif
