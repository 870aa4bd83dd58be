/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/precheck/isolation.h"

#include <string.h>

static const enum karg_effect acs_effects[] = {KARG_ACS_OVERRIDE, KARG_ACS_CHANGED};

/* What the next boot is given decides of the groups; of what is off now, this boot's arguments tell
 * why. */
static int take_next(const char *next, struct kernel_args *args)
{
	struct kernel_args given;
	int r = kernel_args_read(next, &given);

	for (size_t k = 0; k < ARRAY_SIZE(acs_effects) && r == 0; k++)
		args->said[acs_effects[k]] = given.said[acs_effects[k]];
	return r;
}

/* What a line yet to be written will have, where it is worse than what there is. The running
 * kernel's own line may stand for a file that is not there. */
static int take_new(const struct boot_lines *lines, bool rewritten, struct kernel_args *args,
		    struct facts *facts)
{
	struct kernel_args given;

	for (size_t i = 0; i < lines->n; i++) {
		const struct boot_line *line = &lines->line[i];

		if (line->kind != BOOT_NEW || !line->cmdline ||
		    strcmp(line->source, "/proc/cmdline") == 0)
			continue;
		if (kernel_args_read(line->cmdline, &given) < 0)
			return -ENOMEM;
		for (size_t k = 0; k < ARRAY_SIZE(acs_effects); k++) {
			if (kernel_args_have(args, acs_effects[k]))
				return 0;
			if (!kernel_args_have(&given, acs_effects[k]))
				continue;
			args->said[acs_effects[k]] = given.said[acs_effects[k]];
			facts->acs_source = line->source;
			facts->acs_later = !rewritten;
			return 0;
		}
	}
	return 0;
}

int isolation_foresee(const struct boot_lines *lines, const char *next, bool rewritten,
		      struct kernel_args *args, struct facts *facts)
{
	int r = next ? take_next(next, args) : 0;

	return r == 0 ? take_new(lines, rewritten, args, facts) : r;
}
