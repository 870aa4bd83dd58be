/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few words every file needs: cleanup attributes, array helpers, a clock. */
#ifndef GPUCLAIM_HELPER_BASE_UTIL_H
#define GPUCLAIM_HELPER_BASE_UTIL_H

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What is called with the variable's address when its scope ends. */
#define _cleanup_(function) __attribute__((cleanup(function)))

#define _must_check_	    __attribute__((warn_unused_result))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_	    __attribute__((unused))

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written, or it was synced before */
}

static inline void cleanup_closedir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

#define _cleanup_free_	   _cleanup_(cleanup_free)
#define _cleanup_close_	   _cleanup_(cleanup_close)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

/* Hand a pointer over: the cleanup attribute then finds NULL. */
#define TAKE_PTR(p)                         \
	({                                  \
		__typeof__(p) _taken = (p); \
		(p) = NULL;                 \
		_taken;                     \
	})

/* The same of a struct, which is zero then. */
#define TAKE_STRUCT(s)                      \
	({                                  \
		__typeof__(s) _taken = (s); \
		(s) = (__typeof__(s)){0};   \
		_taken;                     \
	})

/* What was made goes to the caller if all went well; else @ret stays as it was. Returns @r. */
#define HAND_OVER(r, ret, what)                           \
	({                                                \
		if ((r) == 0) {                           \
			*(ret) = (what);                  \
			memset(&(what), 0, sizeof(what)); \
		}                                         \
		(r);                                      \
	})

#define TAKE_FD(fd)                \
	({                         \
		int _taken = (fd); \
		(fd) = -EBADF;     \
		_taken;            \
	})

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* One place more, all zero, behind the @n of an @array from malloc(), and counted: NULL where there
 * is no memory, and then both are as they were. */
#define ARRAY_PLACE(array, n)                                                             \
	({                                                                                \
		__typeof__(array) _place = reallocarray(array, (n) + 1, sizeof(*_place)); \
		if (_place) {                                                             \
			(array) = _place;                                                 \
			_place += (n)++;                                                  \
			memset(_place, 0, sizeof(*_place));                               \
		}                                                                         \
		_place;                                                                   \
	})

/* Put @item there. 0 or -ENOMEM. */
#define ARRAY_ADD(array, n, item)                                 \
	({                                                        \
		__typeof__(array) _added = ARRAY_PLACE(array, n); \
		if (_added)                                       \
			*_added = (item);                         \
		_added ? 0 : -ENOMEM;                             \
	})

/** monotonic_ms() - a clock that nobody sets */
static inline int64_t monotonic_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail for this clock */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What openat2() is given, also where the headers are of Linux before 5.6, as RHEL 8's: the kernel
 * that runs may know the call all the same. **Source:** Linux, include/uapi/linux/openat2.h. */
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#else
struct open_how {
	uint64_t flags, mode, resolve;
};
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_IN_ROOT	      0x10
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#endif
