/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Companions that this boot claimed, and that the next one leaves with the host. */
#ifndef GPUCLAIM_CTL_NODE_LEFT_BEHIND_H
#define GPUCLAIM_CTL_NODE_LEFT_BEHIND_H

#include "ctl/readiness/facts.h"
#include "helper/claim/assess.h"

/**
 * left_behind_find() - hold the record of this boot against the units that there are now
 *
 * Earlier releases took functions of other vendors in a GPU's slot along, too. In this boot
 * they stay as they are: nothing unbinds them.
 *
 * Return: 0, or -ENOMEM. @ret->function is to be freed.
 */
int left_behind_find(const struct root *root, struct assessment *assessment,
		     struct left_behind *ret) _must_check_;

#endif
