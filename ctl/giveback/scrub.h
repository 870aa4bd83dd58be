/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's own program that runs before a GPU is given back: set run-before-return=. */
#ifndef GPUCLAIM_CTL_GIVEBACK_SCRUB_H
#define GPUCLAIM_CTL_GIVEBACK_SCRUB_H

#include "helper/base/pci.h"
#include "helper/base/root.h"

/**
 * scrub_run() - run it with the GPU's address, and wait
 * @path:	absolute; the file and the folders above it are root's, and nobody else may write to
 *		them
 * @timeout_ms:	then it is ended, with all of its process group; so it is by a signal that
 *		exec_hold_interrupts() holds, and it is killed where we are
 *
 * Its input is empty, what it says goes to standard error, its environment is PATH and LC_ALL, its
 * folder is /. In a root that is confined it is run in a chroot, by root only.
 *
 * Return: its exit status, 128 + N after signal N; -ETIMEDOUT; -EINTR, a signal; OWN_FOREIGN,
 * OWN_OPEN_TO_ALL, or -ELOOP (a symbolic link), with which nothing was run; or another negative
 * errno.
 */
int scrub_run(const struct root *root, const char *path, const struct pci_address *address,
	      unsigned timeout_ms) _must_check_;

#endif
