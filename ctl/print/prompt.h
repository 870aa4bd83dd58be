/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the person at the terminal. */
#ifndef GPUCLAIM_CTL_PRINT_PROMPT_H
#define GPUCLAIM_CTL_PRINT_PROMPT_H

#include <stdbool.h>

/** prompt_is_possible() - standard input and standard error are a terminal */
bool prompt_is_possible(void);

/** prompt_line() - ask on standard error, read a line; false: none came, but Ctrl-C or the end */
#define PROMPT_LINE_MAX 256
bool prompt_line(const char *question, char line[static PROMPT_LINE_MAX]);

/** prompt_is_yes() - a line "y" or "yes" in either case, and nothing else */
bool prompt_is_yes(const char *line);

#endif
