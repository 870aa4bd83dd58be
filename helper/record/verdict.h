/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words every function ends with: the same in log, record, JSON and manual. */
#ifndef GPUCLAIM_HELPER_RECORD_VERDICT_H
#define GPUCLAIM_HELPER_RECORD_VERDICT_H

#include <stdbool.h>

#include "helper/base/util.h"

#define VERDICT_WHY_MAX 256

/* In the order of gpuclaim-verdicts(7): of two that hold, the first one counts. */
enum verdict {
	VERDICT_SWITCHED_OFF,
	VERDICT_SKIPPED,
	VERDICT_IDENTITY_MISMATCH,
	VERDICT_NOT_SELECTED,
	VERDICT_RELEASED,
	VERDICT_BRIDGE,
	VERDICT_NOT_A_GPU,
	VERDICT_IOMMU_OFF_FIRMWARE,
	VERDICT_IOMMU_OFF_KERNEL,
	VERDICT_NO_IOMMU_GROUP,
	VERDICT_ALREADY_CLAIMED,
	VERDICT_PF_WITH_VFS,
	VERDICT_BOOT_VGA,
	VERDICT_RESERVED_REGION,
	VERDICT_IN_USE,
	VERDICT_GROUP_NOT_VIABLE,
	VERDICT_DRIVER_MISSING,
	VERDICT_FAILED,
	VERDICT_CLAIMED,
	_VERDICT_COUNT,
};

/** verdict_name() - "switched-off" and so on */
const char *verdict_name(enum verdict verdict);

/** verdict_message_id() - the journal's MESSAGE_ID: 32 hexadecimal digits, stable like the word */
const char *verdict_message_id(enum verdict verdict);

/**
 * verdict_parse() - the verdict of a name
 *
 * Return: 0, or -EINVAL (no such word, perhaps of a newer version).
 */
int verdict_parse(const char *name, enum verdict *ret) _must_check_;

/** verdict_is_claim() - the function belongs to the wanted driver */
static inline bool verdict_is_claim(enum verdict verdict)
{
	return verdict == VERDICT_CLAIMED || verdict == VERDICT_ALREADY_CLAIMED;
}

#endif
