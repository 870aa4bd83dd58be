/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unified diff of two short texts. Pure but for the printing. */
#ifndef GPUCLAIM_CTL_PRINT_DIFF_H
#define GPUCLAIM_CTL_PRINT_DIFF_H

#include <stdio.h>

#include "helper/base/util.h"

/**
 * diff_print() - print how a file changes, as `diff -u` does, but a control character is a "?"
 * @path:	with its leading slash
 * @before, @after: NULL: it is not there
 *
 * Return: 0 or -ENOMEM.
 */
int diff_print(const char *path, const char *before, const char *after, FILE *to) _must_check_;

#endif
