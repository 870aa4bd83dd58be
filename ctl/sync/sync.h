/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The action `gpuclaimctl nova sync`. */
#ifndef GPUCLAIM_CTL_SYNC_SYNC_H
#define GPUCLAIM_CTL_SYNC_SYNC_H

#include "ctl/verb.h"

enum exit_code nova_sync(const struct invocation *invocation);

#endif
