/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/library.h"

#include <dlfcn.h>
#include <string.h>

int library_open(const char *const *names, const struct symbol *symbol, size_t n)
{
	void *library = NULL;

	for (; *names && !library; names++)
		library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
	for (size_t i = 0; library && i < n; i++) {
		void *found = dlsym(library, symbol[i].name), **to = symbol[i].to;

		if (!found)
			return -ENOPKG;
		/* As POSIX has it: ISO C has no cast from an object to a function. */
		*to = found;
	}
	return library ? 0 : -ENOPKG;
}
