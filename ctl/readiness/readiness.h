/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a node ready? Facts in, a list of checks and a word on each device out. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_READINESS_H
#define GPUCLAIM_CTL_READINESS_READINESS_H

#include "ctl/print/finding.h"
#include "ctl/readiness/devices.h"

/* In the order they are told: what explains most comes first. */
enum check_id {
	CHECK_CONFIGURATION, /* the files and the command line hold no error */
	CHECK_SWITCHED_OFF,  /* nothing switches gpuclaim off */
	CHECK_ARMED,	     /* no claim line waits for gpuclaim=1 */
	CHECK_TRIAL,	     /* this boot is none that tries its kernel arguments, nor the next */
	CHECK_SELECTED,	     /* a GPU is selected, and each claim line selects one */
	CHECK_IOMMU_ACTIVE,
	CHECK_INTERRUPT_REMAPPING,
	CHECK_RECORD,		     /* this boot's record is there */
	CHECK_CONFIGURATION_IN_STEP, /* it was made with the configuration there is now */
	CHECK_INITRAMFS,	 /* the next boot's image holds the configuration there is now */
	CHECK_CLAIMED,		 /* each selected function has its driver, now */
	CHECK_GROUP_VIABLE,	 /* nothing else in their groups has a driver of its own */
	CHECK_RESERVED_REGION,	 /* the firmware keeps no memory of theirs mapped */
	CHECK_SRIOV,		 /* none is split into virtual functions */
	CHECK_VFIO_NODE,	 /* /dev/vfio/GROUP is there, and the cdev */
	CHECK_VFIO_TYPE1,	 /* VFIO can map a guest's memory */
	CHECK_CARD_ANSWERS,	 /* its configuration space can be read */
	CHECK_D3COLD,		 /* its power is not cut while it is idle */
	CHECK_BARS,		 /* each of its BARs has an address */
	CHECK_RESET,		 /* the kernel can reset it between guests */
	CHECK_LINK,		 /* it has the lanes that it could have */
	CHECK_NUMA,		 /* its node is known, where there are several */
	CHECK_FRAMEBUFFER,	 /* the host's console is not in its memory */
	CHECK_ADDRESSES_PRESENT, /* the devices that claim lines name by address are there */
	CHECK_EXPECT,		 /* as many GPUs are ready as set expect= says */
	CHECK_NOVA_WHITELIST,	 /* Nova is told of no GPU that is not ready */
	CHECK_KERNEL_ARGUMENTS,	 /* the next boot has what this one has */
	CHECK_HUGEPAGES,	 /* a hint: guests' memory is pinned */
	CHECK_LOCKDOWN,		 /* a hint: what the kernel refuses to load */
	CHECK_THIEF_DRIVERS,	 /* which modules are kept from them */
	CHECK_GPU_USERS,	 /* nothing of the host is set up to use them */
	CHECK_OLD_RECIPES,	 /* no vfio-pci.ids= is left over */
	_CHECK_COUNT,
};

/**
 * struct readiness - the answer
 * @ready:	no check fails
 * @configured:	a GPU is selected, or set expect= says how many are right, or there is an error
 * @without_gpu: not ready, but for nothing else than that no GPU is selected, nor expected
 * @reboot_required: the next boot will do something else than this one did
 * @final:	waiting longer changes nothing
 * @first:	the first check that fails, or _CHECK_COUNT
 * @device:	for each of facts.device; owned
 */
struct readiness {
	bool ready, configured, without_gpu, reboot_required, final;
	unsigned first;
	struct check check[_CHECK_COUNT];
	struct device_result *device;
};

/**
 * readiness_judge() - hold the facts against what "ready" means
 *
 * Return: 0, or -ENOMEM with @ret untouched. Free with readiness_free().
 */
int readiness_judge(const struct facts *facts, struct readiness *ret) _must_check_;
void readiness_free(struct readiness *readiness);

/** check_name() - "iommu-active" and so on: stable, other programs look for them */
const char *check_name(enum check_id id);
/** iommu_state_word() - "active", "off-firmware", "off-kernel" or "absent" */
const char *iommu_state_word(const struct facts *facts);

#endif
