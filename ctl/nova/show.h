/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The action `gpuclaimctl nova show`. */
#ifndef GPUCLAIM_CTL_NOVA_SHOW_H
#define GPUCLAIM_CTL_NOVA_SHOW_H

#include "ctl/verb.h"

/** nova_show() - print what Nova is to be told */
enum exit_code nova_show(const struct invocation *invocation);

#endif
