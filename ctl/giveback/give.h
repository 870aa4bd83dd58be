/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Placement's side of it: which provider is the GPU's, and reserved = 0. */
#ifndef GPUCLAIM_CTL_GIVEBACK_GIVE_H
#define GPUCLAIM_CTL_GIVEBACK_GIVE_H

#include "ctl/giveback/decide.h"
#include "ctl/placement/session.h"
#include "ctl/sync/login.h"
#include "ctl/sync/state.h"

/**
 * struct give - logged in
 * @url:	Placement's address instead of the catalog's, or ""; outlives it
 * @provider:	the GPU's
 * @error:	one sentence, owned
 */
struct give {
	const struct root *root;
	const char *url;
	struct sync_login login;
	struct placement_session session;
	struct sync_provider provider;
	char *error;
};

/**
 * give_open() - log in, and find the provider
 * @url:	Placement's address instead of the catalog's, or ""
 *
 * Return: 0 (also without a provider: @facts tells), or a negative errno, as a rule with an error:
 * -ENXIO, this node's providers can't be told; -ENOTUNIQ, the GPU has two of them.
 * Close with give_close().
 */
int give_open(const struct root *root, const char *url, const struct pci_address *address,
	      struct give *ret, struct giveback_facts *facts) _must_check_;
void give_close(struct give *give);

/** give_refresh() - log in again, and ask what it is now. Return: 0, or as give_open() */
int give_refresh(struct give *give, struct giveback_facts *facts) _must_check_;

/**
 * give_back() - reserved = 0, and a note in the record of `nova sync`
 *
 * The note comes first: whoever is cut off between leaves nothing that a pass would take for a
 * GPU that was never used.
 *
 * Return: 0, -EBUSY (`nova sync` is at work), or as placement_reserve().
 */
int give_back(struct give *give, bool one_time) _must_check_;

#endif
