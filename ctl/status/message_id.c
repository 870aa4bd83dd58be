/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/message_id.h"

#include <string.h>

#include "helper/base/util.h"

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

const char *message_id_of_check(const char *check)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_check); i++)
		if (strcmp(of_check[i].check, check) == 0)
			return of_check[i].id;
	return NULL;
}
