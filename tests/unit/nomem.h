/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each allocation of a function fails once. */
#ifndef GPUCLAIM_TESTS_UNIT_NOMEM_H
#define GPUCLAIM_TESTS_UNIT_NOMEM_H

/**
 * nomem_test_each() - run a function again and again, each time with a later allocation failing
 * @run:	returns 0 or -ENOMEM, and has given back all that it took
 *
 * It must say so, or, where libc did without, tell the same as undisturbed. In a sanitized build,
 * whose allocator is not to be replaced, it runs whole and is looked at for leaks.
 */
void nomem_test_each(const char *name, int (*run)(void));

/**
 * nomem_test_ends() - the same of what asks a library that ends the program where it has no memory
 *
 * Each time in a process of its own, which may end so, or tell any error, but not end by a signal.
 */
void nomem_test_ends(const char *name, int (*run)(void));

/** nomem_tell() - what came out, to be compared. Return: 0, or -ENOMEM for NULL */
int nomem_tell(const char *text);

#endif
