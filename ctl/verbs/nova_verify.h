/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova verify`: read, judge, ask Placement, print. */
#ifndef GPUCLAIM_CTL_VERBS_NOVA_VERIFY_H
#define GPUCLAIM_CTL_VERBS_NOVA_VERIFY_H

#include "ctl/verb.h"

enum exit_code nova_verify(const struct invocation *invocation);

#endif
