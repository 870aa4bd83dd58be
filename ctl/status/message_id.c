/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/message_id.h"

#include <assert.h>
#include <string.h>

static const char *const of_verdict[] = {
	[VERDICT_SWITCHED_OFF] = "97b4d40ab1f81e35bc5b69be433cc16d",
	[VERDICT_SKIPPED] = "7bca95ff2ee011fa03ff42f378ecdbd4",
	[VERDICT_IDENTITY_MISMATCH] = "2c4d628b0fbe2bac2eb826dd71f26244",
	[VERDICT_NOT_SELECTED] = "f1518fdf948301cfbd1b15b4bdff6b78",
	[VERDICT_RELEASED] = "2633d617a03f9d8201073624fe3333a3",
	[VERDICT_BRIDGE] = "98dd24fcfa251b957c437e3b79f61298",
	[VERDICT_NOT_A_GPU] = "775db45a43cdcd82a2f25dff56683eb0",
	[VERDICT_IOMMU_OFF_FIRMWARE] = "788cd59b50d833333985f96282edfd3f",
	[VERDICT_IOMMU_OFF_KERNEL] = "d323c17e681120af5c68c559d76a58a0",
	[VERDICT_NO_IOMMU_GROUP] = "2e201b7f22e68caeda99634033d9756f",
	[VERDICT_ALREADY_CLAIMED] = "79477a8d5af5fb41285198b27ef40ee1",
	[VERDICT_PF_WITH_VFS] = "6d05b44abab1c3a0e00e188421cd6e35",
	[VERDICT_BOOT_VGA] = "53881576e2e31698b6258c8d0ae43cbe",
	[VERDICT_RESERVED_REGION] = "fd85e81872d0efacf090a88e3cd12a1e",
	[VERDICT_IN_USE] = "740747b3d6a0a0dfc92bbde3e38148ba",
	[VERDICT_GROUP_NOT_VIABLE] = "5e69cfc36e8be55f2e4a18fe8477f08a",
	[VERDICT_DRIVER_MISSING] = "0608dd5b96dfa47eb9391df0b3ab4147",
	[VERDICT_FAILED] = "e2ff0c4d037a338a7b0657cbdc737507",
	[VERDICT_CLAIMED] = "6e284725d8980e7dad639877ae7f922b",
};
_Static_assert(ARRAY_SIZE(of_verdict) == _VERDICT_COUNT, "a verdict has no message ID");

static const struct {
	const char *check, *id;
} of_check[] = {
	{"configuration", "34957cf5b410593028f7ee50a5f0ac7b"},
	{"switched-off", "43f278a23eb628001071f738d2bd185a"},
	{"armed", "e014e7d81d744f7addf09e438270d34b"},
	{"trial", "b2d88f5eac8b53d0c8329764682b75a1"},
	{"selected", "75d8899358728c575d064da54af41668"},
	{"iommu-active", "cf8231f83788032b4c98cfc46e5f7cc3"},
	{"interrupt-remapping", "0d7699baef96ddf15a134f2746bc2fd6"},
	{"isolation", "16f5c5c7e8472f4bc663a3598db53ad0"},
	{"record", "6ff0bef84f4a2b7208aa8b3818343572"},
	{"configuration-in-step", "12e1566fc2a51628461480132bf2bb63"},
	{"initramfs", "91141730212124d07994be3ef5cbbe58"},
	{"claimed", "b176b073d6f1dc77fc2c3e97292bc29c"},
	{"group-viable", "fd2437d761984957629e2df7068c48bd"},
	{"reserved-region", "98258921790c70ead155762bf2178b5c"},
	{"sriov", "e6d0b327669048d8cdd04be88d17439c"},
	{"vfio-node", "c0c8fa33cd425c483e2ac70d66b46d01"},
	{"vfio-type1", "96ce828974444825bd67b60293c58f4b"},
	{"card-answers", "2e9fcf6916cea1cec605b8a2726c9e40"},
	{"d3cold", "1ca4c47fb883f8ff114e1b8ab460b261"},
	{"bars", "9518db7583afa1eb832495fecb8e6d29"},
	{"reset", "9fc61d1326395090b60137ecfd2e698e"},
	{"link", "d84800b7c901ff4d9513e7546546c421"},
	{"since-claim", "8758bb53080e1dbc1d779a0b01eb4341"},
	{"numa", "28bb272b747ba33ec0170c693dc95e18"},
	{"framebuffer", "007525b5f3cbc876f07a97f81027e4f9"},
	{"addresses-present", "444ae875a623ba3617b8e79c961909cb"},
	{"expect", "a4941c8aff7fdfc88f54144559ec134d"},
	{"nova-whitelist", "fc0f75530e6f21b923586f43cf8f6c36"},
	{"kernel-arguments", "1cabb145259c27a564c215aa8fc29778"},
	{"hugepages", "98d013992be49451d090ab11055cf1c9"},
	{"lockdown", "063f61b4fb89ca350b24e4af9e339a00"},
	{"thief-drivers", "3eea8bd0d5fdc8fb7166774948bf7e6c"},
	{"variant-driver", "96b23808c4389ed5bf65dae33a9dc4d5"},
	{"gpu-users", "cce524f77122552c9a275cfb61c8883d"},
	{"old-recipes", "8a0f7e67d39120dc6b22c84e5973420a"},
};

const char *message_id_of_verdict(enum verdict verdict)
{
	return of_verdict[verdict];
}

const char *message_id_of_check(const char *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_check); i++)
		if (strcmp(of_check[i].check, check) == 0)
			return of_check[i].id;
	return NULL;
}
