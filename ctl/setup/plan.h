/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setup and undo do to a machine's files, and which images are due: facts in, steps out. */
#ifndef GPUCLAIM_CTL_SETUP_PLAN_H
#define GPUCLAIM_CTL_SETUP_PLAN_H

#include "ctl/change/plan.h"
#include "ctl/initramfs/initramfs.h"

#define SETUP_RECORD "setup"
#define SETUP_UNIT   "gpuclaim-ready.service"
#define SETUP_TIMER  "gpuclaim-sync.timer"

/* In the order of a run; undo goes the other way. Nothing counts before the last one. */
enum setup_stage {
	STAGE_CONFIG,
	STAGE_INITRAMFS,
	STAGE_UNIT,
	STAGE_NOVA,
	STAGE_KARGS,
	_STAGE_COUNT,
};

/** enum setup_gate - shall nova-compute wait for the GPUs? */
enum setup_gate {
	GATE_AS_IS,
	GATE_NONE,
	GATE_STRICT,
};

/* Units of nova-compute: Debian's, RDO's, and those that Kolla, TripleO, EDPM and Sunbeam make.
 * One that is not there (yet) minds no drop-in. */
#define SETUP_GATES 6
extern const char *const setup_gates[SETUP_GATES];
extern const char setup_gate_text[];

#define SETUP_UNITS "etc/systemd/system"

/**
 * struct setup_facts - the files that setup writes, as they are; all owned
 * @config:	the content of SELECTION_FILE; NULL: none
 * @unit:	where the readiness unit is, relative to the root; NULL: not installed
 * @masked:	the administrator has masked it
 * @enabled:	its link is there
 * @timer, @timer_enabled: the same of SETUP_TIMER, which is no unit where it is masked
 * @gate:	the content of each gate's drop-in, or NULL
 */
struct setup_facts {
	char *config, *unit, *timer;
	bool masked, enabled, timer_enabled;
	char *gate[SETUP_GATES];
};

/** setup_facts_read() - Return: 0, or a negative errno; free with setup_facts_free() */
int setup_facts_read(const struct root *root, struct setup_facts *ret) _must_check_;
void setup_facts_free(struct setup_facts *facts);

/**
 * setup_plan_config(), setup_plan_unit(), setup_plan_timer() - the files of a stage; pure
 * @text:	what SELECTION_FILE is to hold
 *
 * Return: 0 (look at @plan->refusal and its warnings), or -ENOMEM.
 */
int setup_plan_config(const struct setup_facts *facts, const char *text,
		      struct change_plan *plan) _must_check_;
int setup_plan_unit(const struct setup_facts *facts, enum setup_gate gate,
		    struct change_plan *plan) _must_check_;
int setup_plan_timer(const struct setup_facts *facts, struct change_plan *plan) _must_check_;

/**
 * setup_plan_undo() - the files of the record, the last one first
 *
 * A file that another hand has changed since keeps that change, and is named.
 *
 * Return: 0 (look at @plan->warnings), or a negative errno.
 */
int setup_plan_undo(const struct root *root, const struct undo *undo,
		    struct change_plan *plan) _must_check_;

/**
 * setup_image_is_due() - is an image to be built anew? Pure
 * @undo:	our configuration goes: only what holds it is due
 * @changes:	the configuration will be changed first
 */
bool setup_image_is_due(enum initramfs_state state, bool undo, bool changes);

/** setup_image_is_wrong() - after it was built: setup wants it current; undo, that it does not hold
 * another configuration than the files tell. Pure */
bool setup_image_is_wrong(enum initramfs_state state, bool undo);

/** setup_plan_images() - the commands for those that are due. Return: 0 or -ENOMEM; pure */
int setup_plan_images(const struct initramfs *images, bool undo, bool changes,
		      struct change_plan *plan) _must_check_;

#endif
