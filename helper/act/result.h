/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan made of a decision: the verdicts as they are then, and their records. */
#ifndef GPUCLAIM_HELPER_ACT_RESULT_H
#define GPUCLAIM_HELPER_ACT_RESULT_H

#include "helper/act/apply.h"
#include "helper/claim/assess.h"

/** result_time_ms() - since boot, as records tell it (CLOCK_BOOTTIME) */
unsigned long result_time_ms(void);

/** result_stage() - "initramfs" or "system", as records tell it */
const char *result_stage(const struct policy *policy);

/** result_take() - what failed changes the verdicts of its whole GPU; @result is plan_apply()'s */
void result_take(struct assessment *assessment, const struct apply_result *result);

/** result_record() - the record of an outcome, with the driver that the function has now */
struct record result_record(const struct root *root, const struct assessment *assessment,
			    const struct outcome *outcome);

/**
 * result_vitals() - what a GPU is like, for the record of its claim; of others nothing is known
 *
 * The link of one that was claimed before us is asked in the initramfs only: later a guest may
 * have it, and who asks while it is reset waits.
 */
struct vitals result_vitals(const struct root *root, const struct assessment *assessment,
			    const struct outcome *outcome);

#endif
