/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The action `gpuclaimctl nova return ADDRESS`, and what `nova sync` does of it by itself. */
#ifndef GPUCLAIM_CTL_GIVEBACK_GIVEBACK_H
#define GPUCLAIM_CTL_GIVEBACK_GIVEBACK_H

#include "ctl/verb.h"

enum exit_code nova_return(const struct invocation *invocation);

/**
 * nova_return_waiting() - with set return-to-service=auto: one that the last pass of `nova sync`
 * found waiting
 *
 * In a sandbox that can't reset it, gpuclaim-return.path is told, which starts a pass that can;
 * with --return this is that pass.
 *
 * Return: EXIT_CODE_OK, also where one is left reserved for a reason that is told; else the code
 * of what failed.
 */
enum exit_code nova_return_waiting(const struct invocation *invocation);

#endif
