/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/giveback/way.h"

#include "ctl/machine/reset_fault.h"

enum giveback_way way_of(const struct way_facts *facts)
{
	if (facts->alone)
		return GIVEBACK_BY_FUNCTION;
	return facts->whole && facts->grouped ? GIVEBACK_BY_SLOT : GIVEBACK_NO_WAY;
}

bool way_resets_alone(const char *methods, bool only)
{
	unsigned kinds = methods ? reset_kinds(methods) : RESET_OF_FUNCTION;

	return kinds & RESET_OF_FUNCTION || (only && kinds);
}
