/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/nomem.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/test.h"

#ifdef __SANITIZE_ADDRESS__
#define OURS false
#else
#define OURS true
#endif

static long left = -1; /* until one fails; negative: none does */
static bool failed;
static long held; /* of what was allocated */
static unsigned long told;

#if OURS
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static bool fails(void)
{
	bool now = left == 0;

	if (left >= 0)
		left--;
	if (now) {
		failed = true;
		errno = ENOMEM;
	}
	return now;
}

static void *count(void *p)
{
	held += p != NULL;
	return p;
}

void *malloc(size_t size)
{
	return fails() ? NULL : count(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : count(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	if (fails())
		return NULL;
	return p ? __libc_realloc(p, size) : count(__libc_realloc(p, size));
}

void free(void *p)
{
	held -= p != NULL;
	__libc_free(p);
}
#endif

/* What came out, for comparison with what comes out where nothing fails. */
int nomem_tell(const char *text)
{
	for (const char *c = text; c && *c; c++)
		told = told * 31 + (unsigned char)*c;
	return text ? 0 : -ENOMEM;
}

/* With the @n-th allocation failing: it is told, or libc did without it and all of it comes out. */
static bool is_good(int (*run)(void), long n, unsigned long expected)
{
	int r;

	told = 0;
	failed = false;
	left = n;
	r = run();
	left = -1;
	return r == 0 ? told == expected : r == -ENOMEM && failed;
}

void nomem_test_each(const char *name, int (*run)(void))
{
	unsigned long expected;
	long wrong = 0, runs = 0, before;

	told = 0;
	test_int(name, run(), 0);
	expected = told;
	before = held;
	do
		wrong += !is_good(run, runs++, expected);
	while (failed);
	test_int("each is told", wrong, 0);
	test_int("nothing is lost", held, before);
	test_int("some were made to fail", runs > 1, OURS);
}

enum { GOOD, ENDED, WRONG, UNDISTURBED }; /* ENDED is the library's */

/* How a process ends in which the @n-th allocation fails. */
static int ending(int (*run)(void), long n, unsigned long expected)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		bool good = dup2(null, STDERR_FILENO) >= 0;

		told = 0;
		left = n;
		good = good && (run() < 0 ? failed : told == expected);
		_exit(!good ? WRONG : failed ? GOOD : UNDISTURBED);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		err(EXIT_FAILURE, "a process of its own");
	return WIFEXITED(status) ? WEXITSTATUS(status) : WRONG;
}

void nomem_test_ends(const char *name, int (*run)(void))
{
	unsigned long expected;
	long wrong = 0, runs = 0;
	int end;

	told = 0;
	test_int(name, run(), 0);
	expected = told;
	(void)fflush(stdout);
	while ((end = ending(run, runs++, expected)) != UNDISTURBED)
		wrong += end == WRONG;
	test_int("no process ends by a signal, or is wrong", wrong, 0);
	test_int("some were made to fail", runs > 1, OURS);
}
