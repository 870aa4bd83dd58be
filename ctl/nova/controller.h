/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova show --for controller FILE...`: many nodes' words as one set. */
#ifndef GPUCLAIM_CTL_NOVA_CONTROLLER_H
#define GPUCLAIM_CTL_NOVA_CONTROLLER_H

#include "ctl/change/report.h"
#include "ctl/nova/facts.h"
#include "ctl/verb.h"

/* What is left to do once a node tells Nova of its GPUs. */
#define NOVA_ON_CONTROLLER "on the controller: gpuclaimctl nova show --for controller FILE..."
#define NOVA_NEXT	   "next: " NOVA_ON_CONTROLLER

/**
 * nova_show_controller() - print one set of aliases, filters, flavors and images for the files
 *
 * Each file has what `nova show --json` or `status --json` of one node printed. Aliases of one name
 * that are not the same are refused: Nova would take them as alternatives, or not start. An image's
 * properties in which nodes differ are left out, and told.
 *
 * Return: 0, or -ECANCELED having told why, and what kind of problem it is.
 */
int nova_show_controller(const struct invocation *invocation, const struct nova_options *options,
			 enum problem *ret_problem) _must_check_;

#endif
