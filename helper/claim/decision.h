/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict for each function, and who asked. */
#ifndef GPUCLAIM_HELPER_CLAIM_DECISION_H
#define GPUCLAIM_HELPER_CLAIM_DECISION_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/record/verdict.h"

/* Who asks: it decides what may be unbound, and what is left alone. */
enum claim_mode {
	CLAIM_BOOT, /* gpuclaim boot: may unbind as set rebind says */
	CLAIM_UDEV, /* gpuclaim udev: never unbinds */
	CLAIM_LIVE, /* gpuclaimctl claim: as boot, and takes up what was left alone */
};

/**
 * struct outcome - one function's verdict
 * @unit:	index of its unit, or NO_FUNCTION if it is in none
 * @act:	something is to be done for it: bind it (claimed), or keep native
 *		drivers off it (driver-missing, @kept)
 * @kept:	refused for now only, for want of a look at all that hangs on a USB
 *		companion: native drivers are kept off until a later run takes it
 * @let_go:	kept by an earlier run, and for nothing: native drivers may have it
 * @repeated:	the refusal is an earlier run's, whose cause is another function's
 * @unread:	VERDICT_FAILED: something that decides can't be read; nothing was tried
 */
struct outcome {
	size_t function;
	size_t unit;
	enum verdict verdict;
	bool act, kept, let_go, repeated, unread;
	char why[VERDICT_WHY_MAX];
};

struct decision {
	struct outcome *outcome; /* sorted by address; owned */
	size_t n_outcomes;
};

/** decision_sort() - by address: decision_of() needs that */
void decision_sort(struct decision *decision);

void decision_free(struct decision *decision);

/** decision_of() - the outcome of a function, or NULL */
const struct outcome *decision_of(const struct decision *decision, size_t function);

#endif
