/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/print/prompt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool prompt_line(const char *question, char line[static PROMPT_LINE_MAX])
{
	fprintf(stderr, "%s ", question);
	if (!fgets(line, PROMPT_LINE_MAX, stdin)) {
		fputc('\n', stderr);
		return false;
	}
	line[strcspn(line, "\n")] = '\0';
	return true;
}

bool prompt_is_yes(const char *line)
{
	return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}
