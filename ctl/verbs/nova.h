/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The action `gpuclaimctl nova refresh`, also for status. */
#ifndef GPUCLAIM_CTL_VERBS_NOVA_H
#define GPUCLAIM_CTL_VERBS_NOVA_H

#include "ctl/verb.h"

/**
 * nova_refresh() - list the GPUs that are ready now in the drop-in, and tell what became of it
 * @invocation:	its action is "refresh"
 *
 * Return: the drop-in was changed, or may have been.
 */
bool nova_refresh(const struct invocation *invocation);

#endif
