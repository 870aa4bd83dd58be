/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova show --for controller FILE...`: many nodes' words as one set. */
#ifndef GPUCLAIM_CTL_NOVA_CONTROLLER_H
#define GPUCLAIM_CTL_NOVA_CONTROLLER_H

#include "ctl/verb.h"

/* What is left to do once a node tells Nova of its GPUs. */
#define NOVA_ON_CONTROLLER "on the controller: gpuclaimctl nova show --for controller FILE..."
#define NOVA_NEXT	   "next: " NOVA_ON_CONTROLLER

/**
 * nova_show_controller() - print one set of aliases, filters and flavors for the files' nodes
 *
 * Each file has what `nova show --json` or `status --json` of one node printed. Aliases of one name
 * that are not the same are refused: Nova would take them as alternatives, or not start.
 */
enum exit_code nova_show_controller(const struct invocation *invocation);

#endif
