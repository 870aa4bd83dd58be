/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a node ready? Facts in, a list of checks and a word on each device out. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_READINESS_H
#define GPUCLAIM_CTL_READINESS_READINESS_H

#include "ctl/initramfs/initramfs.h"
#include "ctl/kargs/next_boot.h"
#include "ctl/kargs/trial.h"
#include "ctl/machine/gpu_users.h"
#include "ctl/machine/health.h"
#include "ctl/machine/host.h"
#include "ctl/print/finding.h"
#include "ctl/readiness/idle_lines.h"
#include "ctl/readiness/left_behind.h"
#include "helper/claim/fault.h"
#include "helper/machine/iommu.h"
#include "helper/policy/policy.h"
#include "helper/record/record.h"
#include "helper/record/verdict.h"

struct nova_node;

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
 * struct device_facts - one function: a GPU, a companion, or what a rule names
 * @in_unit:	it is a GPU or a companion; else @gpu and @companion say nothing
 * @selected:	the configuration there is now wants it claimed
 * @from_record: @verdict is the record's, else it was computed just now
 * @kept:	refused for now only, see struct outcome
 * @pending:	nothing stands in the way, and gpuclaim has yet to bind it
 * @driver:	bound now, "" if none
 * @wanted:	the driver it is to have, "" if not @selected
 * @group:	or -1
 * @node:	/dev/vfio/@group is there
 * @cdev:	the kernel has made this character device for it, which is not in /dev; "" else
 * @vfs:	virtual functions that are enabled now
 * @blocked:	@blocker, of its group, has @blocker_driver, which vfio doesn't bear
 * @mismatched:	a claim line names the address, and other IDs than these
 * @framebuffer: the host's console is in its memory
 */
struct device_facts {
	struct pci_address address, gpu;
	bool in_unit, companion, selected, from_record, kept, pending, node, blocked, mismatched,
		framebuffer;
	enum verdict verdict;
	char why[VERDICT_WHY_MAX];
	char driver[DRIVER_NAME_MAX], wanted[DRIVER_NAME_MAX];
	int group;
	char cdev[16];
	unsigned vfs;
	struct pci_address blocker;
	char blocker_driver[DRIVER_NAME_MAX];
	struct health health; /* of a selected one */
};

/**
 * struct facts - all that the checks look at
 * @unread:	what a selected GPU's readiness hangs on and can't be read, or ""
 * @only_root:	root can read it
 * @hidden_memory: where the framebuffer lies is told to root only
 * @machine:	there is a sys: not the tree of a system that is to be installed
 * @idle:	claim lines that select no GPU
 * @waiting:	GPUs that would be selected with gpuclaim=1 on the kernel command line
 * @absent:	addresses in claim lines where no device is
 * @lost:	functions that the record says are claimed, and that are gone
 * @left:	companions of this boot that the next one leaves with the host
 * @recipes:	places of leftovers, one text each
 * @images:	of the installed kernels; NULL if they were not looked at
 * @users:	of the selected ones; NULL if they were not looked at
 * @nova:	what Nova is told; NULL if it was not looked at
 * @nova_error:	why it could not be, a negative errno
 */
struct facts {
	char unread[FAULT_TEXT_MAX];
	bool only_root, hidden_memory;
	bool machine, has_record, device_tree, interrupt_remapping;
	enum trial_state trial;
	const struct policy *policy;
	struct run_record record;
	struct iommu iommu;
	struct host host;
	struct next_boot next_boot;
	const struct device_facts *device;
	size_t n_devices;
	const struct idle_line *idle;
	size_t n_idle, waiting;
	const struct pci_address *absent, *lost;
	size_t n_absent, n_lost;
	struct left_behind left;
	const char *const *recipes;
	size_t n_recipes;
	const struct initramfs *images;
	const struct gpu_users *users;
	const struct nova_node *nova;
	int nova_error;
};

#define REASONS_MAX 6
#define REASON_MAX  (VERDICT_WHY_MAX + 64)

/**
 * struct device_result - the word on one device
 * @shares:	the one reason is that device_sharing() names another GPU of its group
 */
struct device_result {
	bool ready, shares;
	unsigned n_reasons; /* why not */
	char reason[REASONS_MAX][REASON_MAX];
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
/** device_is_bound() - it really has the driver it is to have */
bool device_is_bound(const struct device_facts *device);

/** iommu_state_word() - "active", "off-firmware", "off-kernel" or "absent" */
const char *iommu_state_word(const struct facts *facts);

#endif
