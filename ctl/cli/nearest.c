/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/nearest.h"

#include <string.h>

/* Longer than any verb or option: what is longer is near none. */
#define WORD_MAX 32

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Of two words no longer than WORD_MAX: so many letters are wrong. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[WORD_MAX + 1][WORD_MAX + 1] = {0};
	size_t n = strlen(a), m = strlen(b);

	for (size_t i = 0; i <= n; i++)
		row[i][0] = (unsigned)i;
	for (size_t j = 0; j <= m; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++)
		for (size_t j = 1; j <= m; j++) {
			unsigned best = row[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = least(best, least(row[i - 1][j], row[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, row[i - 2][j - 2] + 1);
			row[i][j] = best;
		}
	return row[n][m];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t n = strlen(nearest->word);
	unsigned d;

	if (n < 2 || n > WORD_MAX || strlen(candidate) > WORD_MAX)
		return;
	d = strncmp(candidate, nearest->word, n) == 0 ? 1 : distance(nearest->word, candidate);
	if (d > (n + 1) / 3 || (nearest->found && d >= nearest->distance))
		return;
	nearest->found = candidate;
	nearest->distance = d;
}
