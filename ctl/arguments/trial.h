/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot that tries the kernel arguments: where it stands. */
#ifndef GPUCLAIM_CTL_ARGUMENTS_TRIAL_H
#define GPUCLAIM_CTL_ARGUMENTS_TRIAL_H

#include "boot/loader.h"

/* The record of what was changed for it, see undo.h. */
#define TRIAL_RECORD "trial"

enum trial_state {
	TRIAL_NONE,    /* there is none */
	TRIAL_PENDING, /* the boot loader will start it next, once */
	TRIAL_RUNNING, /* this boot is one, and it is still to be decided about */
	TRIAL_SETTLED, /* this boot began as one, of which nothing is left */
	TRIAL_FAILED,  /* its entry is there, and it neither runs nor will be started */
	_TRIAL_COUNT,
};

/**
 * struct trial_marks - what a trial leaves on the disk
 * @chosen:	the boot loader was told to start its entry next, once
 * @recorded:	there is a record of what was changed for it
 */
struct trial_marks {
	bool chosen, recorded;
};

/** trial_look() - read them */
struct trial_marks trial_look(const struct root *root, const struct loader *loader);

/**
 * trial_state() - where it stands; pure
 * @running:	the running kernel's command line has the mark
 */
enum trial_state trial_state(const struct trial_marks *marks, bool running);

/** trial_name() - "none", "pending", "running", "settled", "failed": the words of the JSON */
const char *trial_name(enum trial_state state);

#endif
