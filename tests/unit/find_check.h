/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check of many, by its name. */
#ifndef GPUCLAIM_FIND_CHECK_H
#define GPUCLAIM_FIND_CHECK_H

#include <string.h>

#include "ctl/readiness/readiness.h"

/* The check of that name. */
static inline const struct check *find_check(const struct readiness *r, const char *id)
{
	size_t i = 0;

	while (i + 1 < r->n_checks && strcmp(r->check[i].id, id) != 0)
		i++;
	return &r->check[i];
}

#endif
