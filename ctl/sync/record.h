/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What we set in Placement, below /var/lib/gpuclaim: only that is taken back by us. */
#ifndef GPUCLAIM_CTL_SYNC_RECORD_H
#define GPUCLAIM_CTL_SYNC_RECORD_H

#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/base/root.h"

#define SYNC_RECORD_PATH "var/lib/gpuclaim/sync"
#define SYNC_UUID_MAX	 37
#define SYNC_REASON_MAX	 160

/**
 * enum sync_mark - whose a provider's reservation is
 * @SYNC_NOT_OURS:	nobody's, or another's
 * @SYNC_SETTING:	ours if it is there, and the generation is the next one: we were cut off
 * while we set it
 * @SYNC_OURS:		ours, and lifted when its reason is gone
 * @SYNC_USED:		ours, of a one-time-use GPU that was used: only a return lifts it
 */
enum sync_mark {
	SYNC_NOT_OURS,
	SYNC_SETTING,
	SYNC_OURS,
	SYNC_USED,
	_SYNC_MARK_COUNT,
};

/**
 * struct sync_entry - of one resource provider
 * @address:	of its GPU
 * @generation:	the provider's, after we wrote it last
 * @before:	what was reserved before that
 * @returned:	a one-time-use GPU's: the generation after its return to service, and after what we
 *		wrote since. Where the provider's is higher others changed it. 0: it was not
 *		returned, or was used since
 * @time:	seconds of Unix
 */
struct sync_entry {
	char uuid[SYNC_UUID_MAX];
	struct pci_address address;
	enum sync_mark mark;
	long generation, before, returned;
	int64_t time;
	char reason[SYNC_REASON_MAX];
};

struct sync_record {
	struct sync_entry *entry; /* owned */
	size_t n;
};

/**
 * sync_record_read() - an empty one where there is none
 *
 * Return: 0, OWN_FOREIGN or OWN_OPEN_TO_ALL (nobody else's word counts), -EBADMSG (not what
 * sync_record_write() writes), or another negative errno. Free with sync_record_free().
 */
int sync_record_read(const struct root *root, struct sync_record *ret) _must_check_;

/** sync_record_write() - replace it, synced; without entries it is removed */
int sync_record_write(const struct root *root, const struct sync_record *record) _must_check_;
void sync_record_free(struct sync_record *record);

/** sync_record_find() - the entry of a provider, or NULL. Pure */
struct sync_entry *sync_record_find(const struct sync_record *record, const char *uuid);

/**
 * sync_record_note() - put an entry in the place of the provider's. Pure
 *
 * One that says nothing any more, neither a mark nor a return, takes it away.
 * Return: 0 or -ENOMEM.
 */
int sync_record_note(struct sync_record *record, const struct sync_entry *entry) _must_check_;

/** sync_record_parse(), sync_record_render() - as text. Pure */
int sync_record_parse(char *text, struct sync_record *ret) _must_check_;
int sync_record_render(const struct sync_record *record, char **ret) _must_check_;

#endif
