/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/way.h"

#include <string.h>

enum giveback_way way_of(const struct way_facts *facts)
{
	if (facts->alone)
		return GIVEBACK_BY_FUNCTION;
	return facts->whole && facts->grouped ? GIVEBACK_BY_SLOT : GIVEBACK_NO_WAY;
}

static bool is_of_bus(const char *method, size_t n)
{
	return (n == strlen("bus") && strncmp(method, "bus", n) == 0) ||
	       (n == strlen("cxl_bus") && strncmp(method, "cxl_bus", n) == 0);
}

bool way_resets_alone(const char *methods, bool only)
{
	if (!methods)
		return true;
	while (*methods) {
		size_t n = strcspn(methods, " ");

		if (n && (only || !is_of_bus(methods, n)))
			return true;
		methods += n + (methods[n] == ' ');
	}
	return false;
}
