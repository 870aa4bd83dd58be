/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool prompt_yes(const char *question)
{
	char line[64];

	fprintf(stderr, "%s [y/N] ", question);
	if (!fgets(line, sizeof(line), stdin)) {
		fputc('\n', stderr);
		return false;
	}
	line[strcspn(line, "\n")] = '\0';
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}
