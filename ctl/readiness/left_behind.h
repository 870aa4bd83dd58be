/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Companions that this boot claimed, and that the next one leaves with the host. */
#ifndef GPUCLAIM_CTL_READINESS_LEFT_BEHIND_H
#define GPUCLAIM_CTL_READINESS_LEFT_BEHIND_H

#include "helper/claim/assess.h"

/**
 * struct left_function - such a function
 * @gpu:	it came along with this one, which is still selected
 * @functions:	what functions= of a claim line would have to list, so that it goes on coming
 *		along; 0 if none can: it is in another slot
 * @blocks:	it shares the IOMMU group of a selected function, which the next boot does not
 *		claim then
 */
struct left_function {
	struct function_id id, gpu;
	uint8_t functions;
	bool blocks;
};

struct left_behind {
	struct left_function *function; /* sorted by address; owned */
	size_t n;
};

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
