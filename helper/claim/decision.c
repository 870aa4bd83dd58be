/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/decision.h"

#include <stdlib.h>

void decision_free(struct decision *decision)
{
	free(decision->outcome);
	*decision = (struct decision){0};
}

static int compare_outcomes(const void *a, const void *b)
{
	const struct outcome *oa = a, *ob = b;

	return oa->function < ob->function ? -1 : oa->function > ob->function;
}

void decision_sort(struct decision *decision)
{
	if (decision->n_outcomes)
		qsort(decision->outcome, decision->n_outcomes, sizeof(*decision->outcome),
		      compare_outcomes);
}

const struct outcome *decision_of(const struct decision *decision, size_t function)
{
	const struct outcome key = {.function = function};

	if (decision->n_outcomes == 0)
		return NULL;
	return bsearch(&key, decision->outcome, decision->n_outcomes, sizeof(key),
		       compare_outcomes);
}
