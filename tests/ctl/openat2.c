/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: openat2(2) below a folder without links that lead out of it is openat(2), for
 * valgrind does not know the call. Other system calls that a program makes by number are as ever.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	const struct open_how *how;
	long a[4];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number != SYS_openat2)
		return real(number, a[0], a[1], a[2], a[3]);
	how = (const struct open_how *)a[2];
	return openat((int)a[0], (const char *)a[1], (int)how->flags, how->mode);
}
