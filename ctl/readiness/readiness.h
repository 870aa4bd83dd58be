/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a node ready? Facts in, a list of checks and a word on each device out. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_READINESS_H
#define GPUCLAIM_CTL_READINESS_READINESS_H

#include "ctl/print/finding.h"
#include "ctl/readiness/devices.h"

/**
 * struct readiness - the answer
 * @ready:	no check fails
 * @configured:	a GPU is selected, or set expect= says how many are right, or there is an error
 * @without_gpu: not ready, but for nothing else than that no GPU is selected, nor expected
 * @reboot_required: the next boot will do something else than this one did
 * @final:	waiting longer changes nothing
 * @check:	in the order they are told: what explains most comes first; owned
 * @first:	the first that fails, or NULL
 * @device:	for each of facts.device; owned
 */
struct readiness {
	bool ready, configured, without_gpu, reboot_required, final;
	struct check *check;
	size_t n_checks;
	const struct check *first;
	struct device_result *device;
};

/**
 * readiness_judge() - hold the facts against what "ready" means
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with readiness_free().
 */
int readiness_judge(const struct facts *facts, struct readiness *ret) _must_check_;
void readiness_free(struct readiness *readiness);

/**
 * readiness_foresee() - the checks that setup asks, too, held against what the next boot will find
 * @facts:	as they will be: the chosen GPUs are selected
 * @ret:	a finding of each is appended
 *
 * Return: 0 or -ENOMEM.
 */
int readiness_foresee(const struct facts *facts, struct findings *ret) _must_check_;

/** iommu_state_word() - "active", "off-firmware", "off-kernel" or "absent" */
const char *iommu_state_word(const struct facts *facts);

/**
 * readiness_needs_reboot() - would the next boot decide otherwise, or for the first time?
 *
 * Looks at @machine, @policy, @record, @next_boot, @trial, and whether the selected devices have
 * the drivers that they are to have.
 */
bool readiness_needs_reboot(const struct facts *facts);

#endif
