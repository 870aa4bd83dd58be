/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An explanation, printed. */
#ifndef GPUCLAIM_CTL_EXPLAIN_PRINT_H
#define GPUCLAIM_CTL_EXPLAIN_PRINT_H

#include "ctl/explain/explanation.h"

/** explanation_print() - for people. Return: 0, or -errno */
int explanation_print(const struct explanation *explanation, const struct root *root,
		      const struct machine *machine, FILE *to) _must_check_;

/** explanation_add_json() - append it to an array */
void explanation_add_json(struct json_object *all, const struct explanation *explanation,
			  const struct root *root, const struct machine *machine);

#endif
