/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the last try to give a GPU back ended, kept below /run/gpuclaim: where it is still reserved,
 * and where a pass returned it. */
#ifndef GPUCLAIM_CTL_GIVEBACK_NOTE_H
#define GPUCLAIM_CTL_GIVEBACK_NOTE_H

#include "ctl/giveback/decide.h"
#include "ctl/sync/state.h"

/**
 * struct giveback_note - of one GPU, by its address
 * @uuid, @generation: of its resource provider when a pass tried it; "-", 0: somebody did by hand
 * @until_s:	a pass leaves it alone so long, in seconds since the boot; of an unfinished one: by
 * then it has ended, or was cut off
 * @doubt:	why it stayed reserved, or GIVEBACK_SURE
 */
struct giveback_note {
	char uuid[SYNC_UUID_MAX];
	long generation;
	int64_t until_s;
	enum giveback_doubt doubt;
};

/** giveback_note_read() - false: there is none */
bool giveback_note_read(const struct root *root, const struct pci_address *address,
			struct giveback_note *ret);

/** giveback_note_write() - replace it; NULL: take it away. Return: 0 or a negative errno */
int giveback_note_write(const struct root *root, const struct pci_address *address,
			const struct giveback_note *note) _must_check_;

/**
 * giveback_note_is_failure() - did a GPU that is to return not return? Pure
 * @provider:	as the last pass saw the GPU's; NULL: it did not
 * @now_s:	in seconds since the boot
 *
 * Not while it may be at work, not where a server has it, nor where others have lifted the
 * reservation since.
 */
bool giveback_note_is_failure(const struct giveback_note *note,
			      const struct sync_provider *provider, int64_t now_s);

/**
 * giveback_note_holds() - is one that was tried left alone? Pure
 *
 * One that was cut off is not reset time and again: it is left alone until its provider changes.
 */
bool giveback_note_holds(const struct giveback_note *note, const struct sync_provider *provider,
			 int64_t now_s);

/** giveback_is_waiting() - as Nova leaves a one-time-use GPU behind. Pure */
bool giveback_is_waiting(const struct sync_provider *provider);

#endif
