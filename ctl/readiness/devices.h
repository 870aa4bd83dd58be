/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of readiness that looks at one device after the other. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_DEVICES_H
#define GPUCLAIM_CTL_READINESS_DEVICES_H

#include "ctl/readiness/readiness.h"

/** devices_judge() - say for each device whether it is ready, and if not why */
void devices_judge(const struct facts *facts, struct device_result *result);

/** devices_count_gpus() - how many GPUs are selected, or with @result: ready */
unsigned devices_count_gpus(const struct facts *facts, const struct device_result *result);

/** device_sharing() - the first selected GPU in the same group with a lower address, or NULL */
const struct device_facts *device_sharing(const struct facts *facts, size_t i);

#endif
