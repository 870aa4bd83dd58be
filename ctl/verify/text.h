/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova verify`, for people. */
#ifndef GPUCLAIM_CTL_VERIFY_TEXT_H
#define GPUCLAIM_CTL_VERIFY_TEXT_H

#include <stdio.h>

#include "ctl/print/table.h"
#include "ctl/verify/verification.h"

/* Ends with NULL. */
extern const char *const nova_verify_columns[];

/** nova_verify_print_text() - @verbose: findings that pass, too. Return: 0 or -ENOMEM */
int nova_verify_print_text(const struct verification *verification, bool verbose,
			   const struct table_style *style, FILE *to) _must_check_;

#endif
