/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of all of a node's providers at once: what is free of each, and what is used. */
#ifndef GPUCLAIM_CTL_PLACEMENT_SUMMARY_H
#define GPUCLAIM_CTL_PLACEMENT_SUMMARY_H

#include "ctl/placement/session.h"

/**
 * struct placement_summary - of one provider
 * @resource_class: its only one; owned
 * @capacity:	its total less what is reserved
 * @used:	of its total
 * @trait:	it has the one that was asked for
 */
struct placement_summary {
	char *uuid, *resource_class; /* owned */
	long capacity, used;
	bool trait;
};

struct placement_summaries {
	struct placement_summary *summary; /* owned */
	size_t n;
};

/**
 * placement_read_summaries() - one request
 * @uuid:	of the root
 * @ret:	those with one resource class are added; none of a node that has no memory left to
 *		offer, nor before Train
 *
 * Source: Placement, "GET /allocation_candidates": provider_summaries, with all of a tree since
 * 1.29; handlers/allocation_candidate.py, _transform_provider_summaries(): capacity is
 * (total - reserved) * allocation_ratio.
 *
 * Return: 0, or as placement_get(). Free with placement_summaries_free(), also after an error.
 */
int placement_read_summaries(struct placement_session *session, const char *uuid, const char *trait,
			     struct placement_summaries *ret) _must_check_;
void placement_summaries_free(struct placement_summaries *summaries);

/** placement_summary_of() - the one of a provider, or NULL. Pure */
const struct placement_summary *placement_summary_of(const struct placement_summaries *summaries,
						     const char *uuid);

#endif
