/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is in the way of a group, and what can be done about it. */
#include "tests/unit/readiness_world.h"

#include "tests/unit/test.h"

static void block(struct world *w, struct pci_address by, const char *driver)
{
	w->device[0].blocked = true;
	w->device[0].blocker = by;
	snprintf(w->device[0].blocker_driver, sizeof(w->device[0].blocker_driver), "%s", driver);
}

static void other_gpu(struct world *w)
{
	w->device[2].selected = false;
	w->device[0].blocker_is_gpu = true;
	block(w, (struct pci_address)OTHER, "nouveau");
}

CHANGE(of_processor, block(w, (struct pci_address){.bus = 1, .function = 2}, "ccp"))
CHANGE(same_slot, block(w, (struct pci_address){.bus = 1, .function = 2}, "xhci_hcd");
       w->device[0].blocker_is_claimable = true)
CHANGE(gpu_of_slot, block(w, (struct pci_address){.bus = 1, .function = 2}, "xclmgmt");
       w->device[0].blocker_is_gpu = true)
CHANGE(disk, block(w, (struct pci_address){.bus = 9}, "nvme"))
CHANGE(vmd, block(w, (struct pci_address){.bus = 9}, "vmd"))
CHANGE(disk_of_guest, disk(w); w->facts.host.guest = true)
CHANGE(soldered_to_disk, disk(w); w->device[0].soldered = true)

static void soldered_to_gpu(struct world *w)
{
	other_gpu(w);
	w->device[0].soldered = true;
}

static void refused_for_disk(struct world *w)
{
	disk(w);
	w->device[0].verdict = VERDICT_GROUP_NOT_VIABLE;
	w->device[0].driver[0] = '\0';
}

#define ACS                                                                          \
	"turn on ACS in the firmware's setup, or update the firmware: nothing else " \
	"changes the group of what is soldered"

static const struct {
	const char *name;
	void (*change)(struct world *);
	const char *id;
	const char *message, *remedy;
} said[] = {
	{"another GPU", other_gpu, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:02:00.0 has driver nouveau",
	 "claim that one too, take its driver from it, or put the GPU into another slot"},
	{"another GPU, and nothing can be moved", soldered_to_gpu, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:02:00.0 has driver nouveau",
	 "claim that one too, or take its driver from it; or " ACS},
	{"one of the GPU's own slot", same_slot, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:01:00.2 has driver xhci_hcd",
	 "if the host can do without it, claim it, too: name it in functions= of the claim line, or set companions=slot"},
	{"one of its slot that no line can claim", of_processor, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:01:00.2 has driver ccp",
	 "turn on ACS in the firmware's setup, or update the firmware: only GPUs and their companions can be claimed"},
	{"a GPU of the GPU's own slot", gpu_of_slot, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:01:00.2 has driver xclmgmt",
	 "the two are functions of one device: claim both"},
	{"what is no GPU", disk, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:09:00.0 has driver nvme",
	 "put one of the two into another slot, or turn on ACS in the firmware's setup: only GPUs can be "
	 "claimed"},
	{"a disk, in a virtual machine", disk_of_guest, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:09:00.0 has driver nvme",
	 "give each a root port of its own, where this virtual machine is defined on its host"},
	{"a disk, and nothing can be moved", soldered_to_disk, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:09:00.0 has driver nvme", ACS},
	{"VMD", vmd, "group-viable",
	 "0000:01:00.0: IOMMU group 13 is not viable: 0000:09:00.0 has driver vmd",
	 "turn VMD off for this slot in the firmware's setup"},
	{"refused for what is in the way", refused_for_disk, "claimed",
	 "0000:01:00.0: group-not-viable: driver vfio-pci", "see group-viable"},
};

TESTS(group_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct readiness readiness;
		struct world world;

		make_world(&world);
		said[i].change(&world);
		if (!test_int(said[i].name, readiness_judge(&world.facts, &readiness), 0))
			continue;
		test_text(said[i].name, find_check(&readiness, said[i].id)->message,
			  said[i].message);
		test_text(said[i].name, find_check(&readiness, said[i].id)->remedy, said[i].remedy);
		readiness_free(&readiness);
	}
	return test_done();
}
