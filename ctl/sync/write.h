/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A decision, carried out in Placement and in the record, so that a crash between loses nothing. */
#ifndef GPUCLAIM_CTL_SYNC_WRITE_H
#define GPUCLAIM_CTL_SYNC_WRITE_H

#include "ctl/placement/session.h"
#include "ctl/sync/record.h"
#include "ctl/sync/state.h"

/**
 * struct sync_write - where it is carried out
 * @dry_run:	it is only said what would be
 * @reason:	why the GPU is not ready, or ""
 */
struct sync_write {
	const struct root *root;
	struct placement_session *session;
	struct sync_record *record;
	bool dry_run;
	const char *reason;
};

/**
 * sync_write() - reserve or lift, as @provider's action says
 * @facts:	by which it was decided
 * @provider:	gets what is reserved then, and the generation
 *
 * Return: as placement_reserve(), or the errno of the record, with which nothing was changed.
 */
int sync_write(const struct sync_write *write, const struct sync_facts *facts,
	       struct sync_provider *provider) _must_check_;

/** sync_write_forget() - the provider's reservation is ours no more */
int sync_write_forget(const struct sync_write *write,
		      const struct sync_provider *provider) _must_check_;

/** sync_reason() - why an action is taken; @reason: why the GPU is not ready. Pure */
const char *sync_reason(enum sync_action action, const char *reason);

#endif
