/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the person at the terminal. */
#ifndef GPUCLAIM_CTL_PRINT_PROMPT_H
#define GPUCLAIM_CTL_PRINT_PROMPT_H

#include <stdbool.h>

/** prompt_is_possible() - standard input and standard error are a terminal */
bool prompt_is_possible(void);

/** prompt_yes() - ask on standard error; true only for a line "y" or "yes" in either case */
bool prompt_yes(const char *question);

#endif
