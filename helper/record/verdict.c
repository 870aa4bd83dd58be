/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/verdict.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_SWITCHED_OFF] = "switched-off",
	[VERDICT_SKIPPED] = "skipped",
	[VERDICT_IDENTITY_MISMATCH] = "identity-mismatch",
	[VERDICT_NOT_SELECTED] = "not-selected",
	[VERDICT_RELEASED] = "released",
	[VERDICT_BRIDGE] = "bridge",
	[VERDICT_NOT_A_GPU] = "not-a-gpu",
	[VERDICT_IOMMU_OFF_FIRMWARE] = "iommu-off-firmware",
	[VERDICT_IOMMU_OFF_KERNEL] = "iommu-off-kernel",
	[VERDICT_NO_IOMMU_GROUP] = "no-iommu-group",
	[VERDICT_ALREADY_CLAIMED] = "already-claimed",
	[VERDICT_PF_WITH_VFS] = "pf-with-vfs",
	[VERDICT_BOOT_VGA] = "boot-vga",
	[VERDICT_RESERVED_REGION] = "reserved-region",
	[VERDICT_IN_USE] = "in-use",
	[VERDICT_GROUP_NOT_VIABLE] = "group-not-viable",
	[VERDICT_DRIVER_MISSING] = "driver-missing",
	[VERDICT_FAILED] = "failed",
	[VERDICT_CLAIMED] = "claimed",
};
_Static_assert(ARRAY_SIZE(names) == _VERDICT_COUNT, "a verdict has no name");

const char *verdict_name(enum verdict verdict)
{
	return names[verdict];
}

int verdict_parse(const char *name, enum verdict *ret)
{
	for (unsigned i = 0; i < _VERDICT_COUNT; i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum verdict)i;
			return 0;
		}
	return -EINVAL;
}
