/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/machine/gpu_users.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define DEVICES	 "sys/bus/pci/devices/"
#define MODALIAS "pci:v000010DEd00001C81sv00001043sd00008625bc03sc00i00\n"

/* Of one model, the second with a driver that no alias names, the third without any. */
static void test_one_model(void)
{
	static char other[] = "other";
	struct function function[] = {
		{.id.address.bus = 1, .id.class_code = 0x030000},
		{.id.address.bus = 2, .id.class_code = 0x030000, .driver = other},
		{.id.address.bus = 3, .id.class_code = 0x030000},
	};
	struct machine machine = {.function = function, .n_functions = ARRAY_SIZE(function)};
	const bool chosen[ARRAY_SIZE(function)] = {true, true, true};
	struct gpu_users users = {0};
	struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "proc/sys/kernel/osrelease", "6.1\n");
	tree_file(&tree, "lib/modules/6.1/modules.alias",
		  "alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n"
		  "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n");
	tree_file(&tree, DEVICES "0000:01:00.0/modalias", MODALIAS);
	tree_file(&tree, DEVICES "0000:02:00.0/modalias", MODALIAS);
	tree_file(&tree, DEVICES "0000:03:00.0/modalias", MODALIAS);
	(void)test_int("it is read", gpu_users_read(&tree.root, &machine, chosen, &users), 0);
	(void)test_int("GPUs", (long)users.gpu.n, 3);
	(void)test_int("each module once", (long)users.thief.n, 2);
	(void)test_int("whom an alias names", text_list_has(&users.thief, "nouveau"), true);
	(void)test_int("who has the second", text_list_has(&users.thief, "other"), true);
	gpu_users_free(&users);
	tree_remove(&tree);
}

#define WANTS "etc/systemd/system/multi-user.target.wants/"
#define VGPU  "etc/mdevctl.d/0000:01:00.0"

/* Of a GPU that is to go to a guest whole; the other GPU's are its own. */
static void test_vgpus(void)
{
	static const char *const files[] = {WANTS "nvidia-vgpu-mgr.service",
					    WANTS "pve-nvidia-sriov@ALL.service",
					    VGPU "/4b20d080-1b54-4048-85b3-a6a62d165c01",
					    "etc/mdevctl.d/0000:09:00.0/4b20d080"};
	struct gpu_users users = {.nvidia = true};
	struct tree tree;

	tree_make(&tree);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		tree_file(&tree, files[i], "");
	(void)test_int("a GPU", text_list_add(&users.gpu, "0000:01:00.0"), 0);
	(void)test_int("it is read", gpu_users_find(&tree.root, &users), 0);
	(void)test_int("places", (long)users.place.n, 3);
	(void)test_int("a service",
		       text_list_has(&users.place, "/" WANTS "nvidia-vgpu-mgr.service starts"),
		       true);
	(void)test_int("Proxmox' service",
		       text_list_has(&users.place, "/" WANTS "pve-nvidia-sriov@ALL.service starts"),
		       true);
	(void)test_int("mdevctl", text_list_has(&users.place, "/" VGPU " defines vGPUs"), true);
	(void)test_int("nothing is unread", (long)users.unread.n, 0);
	gpu_users_free(&users);
	tree_remove(&tree);
}

TESTS(gpu_users)
{
	test_vgpus();
	test_one_model();
	return test_done();
}
