/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: ends the program right before the KILL_AT-th call that changes something, as a
 * power cut would. Counts in the program only: what it runs has another environment.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define EXIT_KILLED 137

int renameat(int from_fd, const char *from, int to_fd, const char *to);
int mkdirat(int fd, const char *path, mode_t mode);

static void count(void)
{
	static long n;
	const char *at = getenv("KILL_AT");

	if (at && ++n == strtol(at, NULL, 10))
		_exit(EXIT_KILLED);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	count();
	return REAL(renameat)(from_fd, from, to_fd, to);
}

int unlinkat(int fd, const char *path, int flags)
{
	count();
	return REAL(unlinkat)(fd, path, flags);
}

int symlinkat(const char *target, int fd, const char *path)
{
	count();
	return REAL(symlinkat)(target, fd, path);
}

int mkdirat(int fd, const char *path, mode_t mode)
{
	count();
	return REAL(mkdirat)(fd, path, mode);
}

int fsync(int fd)
{
	count();
	return REAL(fsync)(fd);
}

ssize_t write(int fd, const void *data, size_t size)
{
	count();
	return REAL(write)(fd, data, size);
}

pid_t fork(void)
{
	count();
	return REAL(fork)();
}
