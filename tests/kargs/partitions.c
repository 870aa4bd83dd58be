/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: plays the kernel where a program mounts an EFI partition for itself alone. The file
 * system of UUID is the folder PARTITIONS/UUID; a link dev/disk/by-uuid/UUID leads nowhere without
 * it. One of them has a file "broken" in the place of its FAT; one that has a file "busy" is
 * mounted to be written to. What it runs has another environment.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET_STRING 1
#define CREATE	   6

static char folder[4096];

static int has(const char *file)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, file);
	return access(path, F_OK) == 0;
}

static long configure(long command, const char *key, const char *value)
{
	if (command == SET_STRING && strcmp(key, "source") == 0)
		(void)snprintf(folder, sizeof(folder), "%s/%s", getenv("PARTITIONS"),
			       strrchr(value, '/') + 1);
	if (command != CREATE)
		return 0;
	if (has("") && !has("broken") && !has("busy"))
		return 0;
	errno = !has("") ? ENOENT : has("busy") ? EBUSY : EINVAL;
	return -1;
}

long syscall(long number, ...)
{
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_fsopen)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (number == SYS_fsconfig)
		return configure(a[1], (const char *)a[2], (const char *)a[3]);
	if (number == SYS_fsmount)
		return open(folder, O_PATH | O_CLOEXEC);
	return ((long (*)(long, ...))dlsym(RTLD_NEXT, "syscall"))(number, a[0], a[1], a[2], a[3],
								  a[4], a[5]);
}
