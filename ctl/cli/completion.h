/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What completes the command line in a shell: made of the rows. */
#ifndef GPUCLAIM_CTL_CLI_COMPLETION_H
#define GPUCLAIM_CTL_CLI_COMPLETION_H

#include <stdio.h>

#include "ctl/verb.h"

/**
 * completion_print() - print what a shell reads
 * @shell:	"bash", "zsh" or "fish"; of another nothing is printed
 * @verbs:	ends with NULL
 */
void completion_print(const char *shell, const struct verb *const *verbs, FILE *to);

#endif
