/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LD_PRELOAD: what the kernel might answer, and never does when it is asked to.
 *
 *   FAULT=CALL:PATH:ERRNO[:AFTER]  CALL is open, read, readdir or fsync, PATH as the program names
 *                                  it, below its root; AFTER entries of a folder are given before
 *   FAULT=CALL::ERRNO[:TIMES]      CALL is poll, recv or send; TIMES in a row, by default always
 *   FAULT_LOG=FILE                 a line for each path that is opened, "w " before it to write
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FDS_MAX 1024

static char path_of[FDS_MAX][256];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Sets errno and returns true if this call is to fail; *count says how far it is. */
static bool fails(const char *call, const char *path, long *count)
{
	const char *fault = getenv("FAULT");
	size_t n = strlen(call), length;
	long error, limit;
	char *end;

	if (!fault || !path || strncmp(fault, call, n) != 0 || fault[n] != ':')
		return false;
	fault += n + 1;
	length = strlen(path);
	if (strncmp(fault, path, length) != 0)
		return false;
	/* An address has colons, too. */
	if (fault[length] != ':' || strspn(fault + length + 1, "0123456789") == 0)
		return false;
	error = strtol(fault + length + 1, &end, 10);
	limit = *end == ':' ? strtol(end + 1, NULL, 10) : -1;
	if (count && *path && (*count)++ < limit)
		return false;
	if (count && !*path && limit >= 0 && (*count)++ >= limit)
		return false;
	errno = (int)error;
	return true;
}

static const char *named(int fd)
{
	return fd >= 0 && fd < FDS_MAX && path_of[fd][0] ? path_of[fd] : NULL;
}

static int opened(int fd, const char *path)
{
	if (fd >= 0 && fd < FDS_MAX)
		(void)snprintf(path_of[fd], sizeof(path_of[fd]), "%s", path);
	return fd;
}

static void note(const char *path, unsigned long long flags)
{
	const char *log = getenv("FAULT_LOG");
	int saved = errno;
	FILE *to;

	if (!log || flags & (O_PATH | O_DIRECTORY))
		return;
	to = fopen(log, "ae");
	if (to) {
		(void)fprintf(to, "%s%s\n", flags & O_ACCMODE ? "w " : "", path);
		(void)fclose(to);
	}
	errno = saved;
}

long syscall(long number, ...)
{
	const struct open_how *how;
	long a[6], r;
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number != SYS_openat2)
		return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	how = (const struct open_how *)a[2];
	if (fails("open", (const char *)a[1], NULL))
		return -1;
	note((const char *)a[1], how->flags);
	r = REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return opened((int)r, (const char *)a[1]);
}

static int do_openat(int dir_fd, const char *path, int flags, mode_t mode)
{
	if (fails("open", path, NULL))
		return -1;
	note(path, (unsigned)flags);
	return opened((int)REAL(syscall)(SYS_openat, dir_fd, path, flags, mode), path);
}

#define OPENAT(name)                                               \
	int name(int dir_fd, const char *path, int flags, ...);    \
	int name(int dir_fd, const char *path, int flags, ...)     \
	{                                                          \
		va_list args;                                      \
		mode_t mode;                                       \
                                                                   \
		va_start(args, flags);                             \
		mode = flags & O_CREAT ? va_arg(args, mode_t) : 0; \
		va_end(args);                                      \
		return do_openat(dir_fd, path, flags, mode);       \
	}

OPENAT(openat)
OPENAT(openat64)

/* What was looked at is opened again by its descriptor: it is the same file. */
static int do_open(const char *path, int flags, mode_t mode)
{
	const char *name = path;
	int fd;

	if (sscanf(path, "/proc/self/fd/%d", &fd) == 1 && named(fd))
		name = named(fd);
	if (fails("open", name, NULL))
		return -1;
	note(name, (unsigned)flags);
	return opened((int)REAL(syscall)(SYS_openat, AT_FDCWD, path, flags, mode), name);
}

#define OPEN(name)                                                 \
	int name(const char *path, int flags, ...);                \
	int name(const char *path, int flags, ...)                 \
	{                                                          \
		va_list args;                                      \
		mode_t mode;                                       \
                                                                   \
		va_start(args, flags);                             \
		mode = flags & O_CREAT ? va_arg(args, mode_t) : 0; \
		va_end(args);                                      \
		return do_open(path, flags, mode);                 \
	}

OPEN(open)
OPEN(open64)

int fstatat(int dir_fd, const char *path, struct stat *st, int flags)
{
	return fails("open", path, NULL) ? -1 : REAL(fstatat)(dir_fd, path, st, flags);
}

ssize_t readlinkat(int fd, const char *path, char *buf, size_t size)
{
	const char *link = *path ? path : named(fd);

	return fails("open", link, NULL) || fails("read", link, NULL)
		       ? -1
		       : REAL(readlinkat)(fd, path, buf, size);
}

ssize_t read(int fd, void *buf, size_t size)
{
	return fails("read", named(fd), NULL) ? -1 : REAL(read)(fd, buf, size);
}

ssize_t pread(int fd, void *buf, size_t size, off_t at)
{
	return fails("read", named(fd), NULL) ? -1 : REAL(pread)(fd, buf, size, at);
}

int fsync(int fd)
{
	return fails("fsync", named(fd), NULL) ? -1 : REAL(fsync)(fd);
}

struct dirent *readdir(DIR *dir)
{
	static long given;

	return fails("readdir", named(dirfd(dir)), &given) ? NULL : REAL(readdir)(dir);
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	static long n;

	return fails("recv", "", &n) ? -1 : REAL(recv)(fd, buf, size, flags);
}

ssize_t send(int fd, const void *buf, size_t size, int flags)
{
	static long n;

	return fails("send", "", &n) ? -1 : REAL(send)(fd, buf, size, flags);
}

int poll(struct pollfd *fds, nfds_t n_fds, int timeout_ms)
{
	static long n;

	return fails("poll", "", &n) ? -1 : REAL(poll)(fds, n_fds, timeout_ms);
}

/* What a fortified program calls instead; they exist whether or not one does. */
#define CHECKED(type, name, params, args) \
	type __##name##_chk params;       \
	type __##name##_chk params        \
	{                                 \
		return name args;         \
	}

CHECKED(ssize_t, read, (int fd, void *buf, size_t size, size_t room __attribute__((unused))),
	(fd, buf, size))
CHECKED(ssize_t, pread,
	(int fd, void *buf, size_t size, off_t at, size_t room __attribute__((unused))),
	(fd, buf, size, at))
CHECKED(ssize_t, readlinkat,
	(int fd, const char *path, char *buf, size_t size, size_t room __attribute__((unused))),
	(fd, path, buf, size))
CHECKED(ssize_t, recv,
	(int fd, void *buf, size_t size, size_t room __attribute__((unused)), int flags),
	(fd, buf, size, flags))
CHECKED(int, poll,
	(struct pollfd * fds, nfds_t n, int timeout_ms, size_t room __attribute__((unused))),
	(fds, n, timeout_ms))

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return do_open(path, flags, 0);
}

int __openat_2(int dir_fd, const char *path, int flags);
int __openat_2(int dir_fd, const char *path, int flags)
{
	return do_openat(dir_fd, path, flags, 0);
}
