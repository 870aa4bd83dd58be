/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this boot claimed, by its record, and what has left: companions that the next boot leaves
 * with the host, functions that are gone. */
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

/**
 * lost_find() - functions that were claimed, and that are on no bus any more
 * @records:	the names in RECORD_DIR
 * @ret:	sorted by address; to be freed; NULL where there are none
 *
 * Return: 0, or -ENOMEM with @ret untouched.
 */
int lost_find(const struct root *root, const struct machine *machine,
	      const struct text_list *records, struct pci_address **ret,
	      size_t *ret_n) _must_check_;

#endif
