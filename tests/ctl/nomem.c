/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: the NOMEM_AT-th allocation of the program fails, once. At its end the number of all
 * is written to the file NOMEM_COUNT. What it runs has another environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static long count;

static bool fails(void)
{
	const char *at = getenv("NOMEM_AT");

	if (!at || ++count != strtol(at, NULL, 10))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("NOMEM_COUNT");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;

	if (fd >= 0)
		dprintf(fd, "%ld", count);
}
