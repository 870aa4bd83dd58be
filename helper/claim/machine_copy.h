/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine that was read, to be judged by another policy. */
#ifndef GPUCLAIM_HELPER_CLAIM_MACHINE_COPY_H
#define GPUCLAIM_HELPER_CLAIM_MACHINE_COPY_H

#include "helper/machine/scan.h"

/**
 * machine_copy() - all but what hangs on the policy: @upstream, and a framebuffer that can't be
 * read
 * @ret:	free with machine_free(); untouched on failure
 *
 * Return: 0, or -ENOMEM.
 */
int machine_copy(const struct machine *machine, struct machine *ret) _must_check_;

#endif
