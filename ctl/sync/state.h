/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pass saw, kept below /run/gpuclaim: the next one asks Placement for what has changed. */
#ifndef GPUCLAIM_CTL_SYNC_STATE_H
#define GPUCLAIM_CTL_SYNC_STATE_H

#include "ctl/print/json.h"
#include "ctl/sync/decide.h"
#include "helper/base/pci.h"
#include "helper/base/text.h"

#define SYNC_CLASS_MAX 256
/* Of its own: what changes files on this node need not wait for a server that is slow. */
#define SYNC_LOCK "sync.lock"

/**
 * struct sync_gpu - a GPU that this node is to give to Nova, or was
 * @open:	a guest has it, as far as the kernel counts: its server is there for sure
 * @reason:	why it is not ready, or not known to be
 */
struct sync_gpu {
	struct pci_address address;
	enum sync_local local;
	bool open;
	char reason[SYNC_REASON_MAX];
};

/**
 * struct sync_provider - what Placement has of it
 * @plain:	of this generation it is known to be no one-time-use GPU
 * @read:	all below the generation is known, and is of this generation
 * @fresh:	all of it was told in this pass; not kept
 * @action:	the last decision
 */
struct sync_provider {
	char uuid[SYNC_UUID_MAX];
	struct pci_address address;
	long generation;
	bool plain, read, one_time, fresh;
	long total, reserved, used;
	char resource_class[SYNC_CLASS_MAX];
	enum sync_action action;
};

/**
 * struct sync_state - all of it
 * @gpu:	as they were written to Placement the last time; owned
 * @provider:	owned
 * @compute:	UUID of this node's root providers that were found by its name
 * @asked:	when Placement was asked the last time with success, in seconds since the boot; 0:
 *		never
 * @tried:	when it was asked at all, or the first pass found that this can wait; 0: neither
 * @late:	when it was asked for what can wait, with success; 0: never
 * @failures:	since it was asked with success
 * @spare_moves: the option, then
 */
struct sync_state {
	struct sync_gpu *gpu;
	size_t n_gpus;
	struct sync_provider *provider;
	size_t n_providers;
	struct text_list compute;
	int64_t asked, tried, late;
	unsigned failures;
	bool spare_moves;
};

/** sync_state_read() - an empty one where there is none that root wrote. Return: 0 or -ENOMEM */
int sync_state_read(const struct root *root, struct sync_state *ret) _must_check_;

/** sync_state_write() - Return: 0 or a negative errno */
int sync_state_write(const struct root *root, const struct sync_state *state) _must_check_;
void sync_state_free(struct sync_state *state);

/** sync_state_gpu(), sync_state_provider() - find one, or NULL */
const struct sync_gpu *sync_state_gpu(const struct sync_state *state,
				      const struct pci_address *address);
struct sync_provider *sync_state_provider(const struct sync_state *state, const char *uuid);

/**
 * sync_quarantined() - is a GPU kept from Placement, for it is not ready? Pure
 * @record:	what gpuclaim has set
 * @state:	of the last pass of this boot: whose providers it found is known
 *
 * Return: 1, 0, or -1: it is not known.
 */
int sync_quarantined(const struct sync_record *record, const struct sync_state *state,
		     const struct pci_address *address);

/** sync_local_word() - "ready", "not-ready" or "unknown" */
const char *sync_local_word(enum sync_local local);

/** sync_state_json(), sync_state_parse() - as JSON, also for `nova sync --json` */
void sync_state_json(const struct sync_state *state, struct json_object *to);
int sync_state_parse(const char *text, struct sync_state *ret) _must_check_;

/** sync_seconds_since_boot() - as in the times of struct sync_state */
int64_t sync_seconds_since_boot(void);

#endif
