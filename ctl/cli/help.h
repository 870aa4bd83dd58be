/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --help prints: made of the rows, 80 columns wide. */
#ifndef GPUCLAIM_CTL_CLI_HELP_H
#define GPUCLAIM_CTL_CLI_HELP_H

#include <stdio.h>

#include "ctl/verb.h"

/** help_print() - the program's own; @verbs ends with NULL */
void help_print(const struct verb *const *verbs, FILE *to);

/** help_print_verb() - a verb's own */
void help_print_verb(const struct verb *verb, FILE *to);

#endif
