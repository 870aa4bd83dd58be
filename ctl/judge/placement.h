/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is what Placement says of this node's PCI devices so? Pure. */
#ifndef GPUCLAIM_CTL_JUDGE_PLACEMENT_H
#define GPUCLAIM_CTL_JUDGE_PLACEMENT_H

#include "ctl/placement/placement.h"
#include "ctl/judge/judgement.h"

/**
 * placement_judge() - hold it against the configuration and the hardware
 *
 * Return: 0 or -ENOMEM; adds to @judgement's findings.
 */
int placement_judge(const struct verify_facts *facts, const struct placement *placement,
		    struct nova_judgement *judgement) _must_check_;

/** placement_has_pci() - has it any that Nova made of a PCI device of this node? */
bool placement_has_pci(const struct placement *placement);

#endif
