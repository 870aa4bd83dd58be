/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/hints/cpus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* "8" or "4-15", and step over it. Return: 0, or -EINVAL. */
static int take_range(const char **at, unsigned long *first, unsigned long *last)
{
	char *end;

	if (**at < '0' || **at > '9')
		return -EINVAL;
	*first = *last = strtoul(*at, &end, 10);
	if (*end == '-') {
		const char *second = end + 1;

		if (*second < '0' || *second > '9')
			return -EINVAL;
		*last = strtoul(second, &end, 10);
	}
	*at = end + strspn(end, BLANKS);
	return *first <= *last && *last < CPUS_MAX ? 0 : -EINVAL;
}

/* One way through the list: those with a "^" before them, or those without. */
static int go_through(struct cpus *cpus, const char *list, bool away)
{
	const char *at = list;

	while (*(at += strspn(at, BLANKS ","))) {
		unsigned long first, last;
		bool is_away = *at == '^';

		at += is_away;
		if (take_range(&at, &first, &last) < 0 || (*at && *at != ','))
			return -EINVAL;
		for (unsigned long i = first; i <= last && is_away == away; i++)
			cpus->in[i] = !away;
	}
	return 0;
}

int cpus_add(struct cpus *cpus, const char *list)
{
	int r = go_through(cpus, list, false);

	return r == 0 ? go_through(cpus, list, true) : r;
}

long cpus_count_common(const struct cpus *a, const struct cpus *b)
{
	long n = 0;

	for (size_t i = 0; i < CPUS_MAX; i++)
		n += a->in[i] && b->in[i];
	return n;
}
