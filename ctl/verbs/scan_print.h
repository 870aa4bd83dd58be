/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan has found, printed. */
#ifndef GPUCLAIM_CTL_VERBS_SCAN_PRINT_H
#define GPUCLAIM_CTL_VERBS_SCAN_PRINT_H

#include <stdio.h>

#include "ctl/print/table.h"
#include "ctl/verbs/scan_rows.h"

/* Ends with NULL. */
extern const char *const scan_columns[];

/* Return: 0, or -ENOMEM. */
int scan_print_text(const struct scan_rows *rows, const struct table_style *style,
		    FILE *to) _must_check_;
int scan_print_json(const struct scan_rows *rows, FILE *to) _must_check_;

#endif
