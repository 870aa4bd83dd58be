/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/record/verdict.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name, *message_id;
} words[] = {
	[VERDICT_SWITCHED_OFF] = {"switched-off", "97b4d40ab1f81e35bc5b69be433cc16d"},
	[VERDICT_SKIPPED] = {"skipped", "7bca95ff2ee011fa03ff42f378ecdbd4"},
	[VERDICT_IDENTITY_MISMATCH] = {"identity-mismatch", "2c4d628b0fbe2bac2eb826dd71f26244"},
	[VERDICT_NOT_SELECTED] = {"not-selected", "f1518fdf948301cfbd1b15b4bdff6b78"},
	[VERDICT_RELEASED] = {"released", "2633d617a03f9d8201073624fe3333a3"},
	[VERDICT_BRIDGE] = {"bridge", "98dd24fcfa251b957c437e3b79f61298"},
	[VERDICT_NOT_A_GPU] = {"not-a-gpu", "775db45a43cdcd82a2f25dff56683eb0"},
	[VERDICT_IOMMU_OFF_FIRMWARE] = {"iommu-off-firmware", "788cd59b50d833333985f96282edfd3f"},
	[VERDICT_IOMMU_OFF_KERNEL] = {"iommu-off-kernel", "d323c17e681120af5c68c559d76a58a0"},
	[VERDICT_NO_IOMMU_GROUP] = {"no-iommu-group", "2e201b7f22e68caeda99634033d9756f"},
	[VERDICT_ALREADY_CLAIMED] = {"already-claimed", "79477a8d5af5fb41285198b27ef40ee1"},
	[VERDICT_PF_WITH_VFS] = {"pf-with-vfs", "6d05b44abab1c3a0e00e188421cd6e35"},
	[VERDICT_BOOT_VGA] = {"boot-vga", "53881576e2e31698b6258c8d0ae43cbe"},
	[VERDICT_RESERVED_REGION] = {"reserved-region", "fd85e81872d0efacf090a88e3cd12a1e"},
	[VERDICT_IN_USE] = {"in-use", "740747b3d6a0a0dfc92bbde3e38148ba"},
	[VERDICT_GROUP_NOT_VIABLE] = {"group-not-viable", "5e69cfc36e8be55f2e4a18fe8477f08a"},
	[VERDICT_DRIVER_MISSING] = {"driver-missing", "0608dd5b96dfa47eb9391df0b3ab4147"},
	[VERDICT_FAILED] = {"failed", "e2ff0c4d037a338a7b0657cbdc737507"},
	[VERDICT_CLAIMED] = {"claimed", "6e284725d8980e7dad639877ae7f922b"},
};
_Static_assert(ARRAY_SIZE(words) == _VERDICT_COUNT, "a verdict has no name");

const char *verdict_name(enum verdict verdict)
{
	return words[verdict].name;
}

const char *verdict_message_id(enum verdict verdict)
{
	return words[verdict].message_id;
}

int verdict_parse(const char *name, enum verdict *ret)
{
	for (unsigned i = 0; i < _VERDICT_COUNT; i++)
		if (strcmp(words[i].name, name) == 0) {
			*ret = (enum verdict)i;
			return 0;
		}
	return -EINVAL;
}
