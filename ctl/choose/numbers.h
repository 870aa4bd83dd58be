/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person types to choose from a list: "1,3-4". Pure. */
#ifndef GPUCLAIM_CTL_CHOOSE_NUMBERS_H
#define GPUCLAIM_CTL_CHOOSE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * numbers_parse() - numbers and ranges, parted by commas or blanks; "all", or nothing at all: each
 * @n:		the list goes from 1 to this
 * @ret:	@n of them: is it chosen?
 *
 * Return: 0, or -EINVAL: it is something else, or names what the list has not.
 */
int numbers_parse(const char *text, size_t n, bool *ret) __attribute__((warn_unused_result));

#endif
