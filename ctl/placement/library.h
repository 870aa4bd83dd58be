/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Libraries that few runs need: opened by those, linked by none. */
#ifndef GPUCLAIM_CTL_PLACEMENT_LIBRARY_H
#define GPUCLAIM_CTL_PLACEMENT_LIBRARY_H

#include <stddef.h>

#include "helper/base/util.h"

/** struct symbol - a function of a library; @to: the address of a pointer to it */
struct symbol {
	const char *name;
	void *to;
};

/**
 * library_open() - open a library and find its functions
 * @names:	its sonames, the first that is there counts; ends with NULL
 *
 * It stays open until the program ends, as libraries with threads and destructors want it.
 *
 * Return: 0, or -ENOPKG.
 */
int library_open(const char *const *names, const struct symbol *symbol, size_t n) _must_check_;

#endif
