/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", \t"

static int parse_number(const char **text, size_t n, size_t *ret)
{
	char *end;
	unsigned long value;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	value = strtoul(*text, &end, 10);
	if (value < 1 || value > n)
		return -EINVAL;
	*text = end;
	*ret = value;
	return 0;
}

/* "3" or "3-5" */
static int parse_range(const char **text, size_t n, bool *ret)
{
	size_t first, last;
	int r = parse_number(text, n, &first);

	if (r < 0)
		return r;
	last = first;
	if (**text == '-') {
		(*text)++;
		r = parse_number(text, n, &last);
	}
	if (r < 0 || last < first)
		return -EINVAL;
	for (size_t i = first; i <= last; i++)
		ret[i - 1] = true;
	return 0;
}

int numbers_parse(const char *text, size_t n, bool *ret)
{
	memset(ret, 0, n * sizeof(*ret));
	text += strspn(text, SEPARATORS);
	if (!*text || strcasecmp(text, "all") == 0) {
		memset(ret, true, n * sizeof(*ret));
		return 0;
	}
	while (*text) {
		int r = parse_range(&text, n, ret);

		if (r < 0 || (*text && !strchr(SEPARATORS, *text)))
			return -EINVAL;
		text += strspn(text, SEPARATORS);
	}
	return 0;
}
