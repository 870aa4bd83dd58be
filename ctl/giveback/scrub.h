/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator's own program that runs before a GPU is given back: set run-before-return=. */
#ifndef GPUCLAIM_CTL_GIVEBACK_SCRUB_H
#define GPUCLAIM_CTL_GIVEBACK_SCRUB_H

#include "helper/base/pci.h"
#include "helper/base/root.h"

/**
 * scrub_run() - run it with the GPU's address, and wait
 * @path:	absolute; the file and its folder are root's, and nobody else may write to them
 * @timeout_ms:	then it and what it started in its session is killed
 *
 * Its input is empty, what it says goes to standard error, its environment is PATH and LC_ALL.
 *
 * Return: its exit status, 128 + N after signal N; -ETIMEDOUT; OWN_FOREIGN or OWN_OPEN_TO_ALL, with
 * which nothing was run; or another negative errno.
 */
int scrub_run(const struct root *root, const char *path, const struct pci_address *address,
	      unsigned timeout_ms) _must_check_;

#endif
