/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of readiness look at. */
#ifndef GPUCLAIM_CTL_READINESS_FACTS_H
#define GPUCLAIM_CTL_READINESS_FACTS_H

#include "ctl/arguments/trial.h"
#include "ctl/initramfs/initramfs.h"
#include "ctl/kargs/next_boot.h"
#include "ctl/machine/board.h"
#include "ctl/machine/gpu_users.h"
#include "ctl/machine/health.h"
#include "ctl/machine/host.h"
#include "ctl/print/finding.h"
#include "ctl/readiness/idle_lines.h"
#include "ctl/recipes/recipes.h"
#include "helper/claim/fault.h"
#include "helper/machine/iommu.h"
#include "helper/policy/policy.h"
#include "helper/record/record.h"
#include "helper/record/verdict.h"

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
 * @node_error:	why that can't be told, a negative errno; 0: it can
 * @node_open:	all users of the host may open it
 * @groupless:	the kernel makes no node of a group
 * @needs_own:	a guest needs the function's own node: for that, or since one uses iommufd
 * @has_cdev:	the kernel has made a character device for it
 * @cdev:	its name, where it is not in /dev, or that can't be told; "" else
 * @cdev_error:	why that can't be told, a negative errno; 0: it can
 * @open_cdev:	its name, where all users of the host may open it; "" else
 * @vfs:	virtual functions that are enabled now
 * @blocked:	@blocker, of its group, has @blocker_driver, which vfio doesn't bear
 * @blocker_is_gpu: or an NVSwitch: a claim line may name it
 * @blocker_is_claimable: or a companion
 * @whole_bus:	of a GPU: its unit is all that is on its bus, and nowhere else, so that VFIO may
 *		reset it together
 * @others_on_bus: of a GPU: something on its bus is not of its unit, or not selected
 * @bus_resets:	of a GPU: one of its functions has a reset of that bus
 * @mismatched:	a claim line names the address, and other IDs than these
 * @framebuffer: the host's console is in its memory
 * @fabric:	an NVSwitch
 * @nameless:	its IDs can't be read
 * @soldered:	it can't be put elsewhere, see place_is_soldered()
 * @on_board:	does it sit on one board with other GPUs? @board is the lowest address of them
 * @builtin:	@driver, another than @wanted, is part of the kernel that runs
 * @then, @now:	what it was like at its claim, and is like now; not known unless @selected
 */
struct device_facts {
	struct pci_address address, gpu;
	bool in_unit, companion, selected, from_record, kept, pending, node, blocked,
		blocker_is_gpu, blocker_is_claimable, mismatched, framebuffer, fabric, soldered,
		builtin, groupless, needs_own, has_cdev, nameless, whole_bus, others_on_bus,
		bus_resets, node_open;
	enum board_answer on_board;
	enum verdict verdict;
	char why[VERDICT_WHY_MAX];
	char driver[DRIVER_NAME_MAX], wanted[DRIVER_NAME_MAX];
	int group, node_error, cdev_error;
	char cdev[16], open_cdev[16];
	unsigned vfs;
	struct pci_address blocker, board;
	char blocker_driver[DRIVER_NAME_MAX];
	struct health health; /* of a selected one */
	struct vitals then, now;
};

/**
 * struct left_function - a companion of this boot that the next one leaves with the host
 * @gpu:	it came along with this one, which is still selected
 * @functions:	what functions= of a claim line would have to list, so that it goes on coming
 *		along; 0 if none can: it is in another slot
 * @blocks:	it shares the IOMMU group of a selected function, which the next boot does not
 *		claim then
 */
struct left_function {
	struct function_id id, gpu;
	uint8_t functions;
	bool blocks;
};

struct left_behind {
	struct left_function *function; /* sorted by address; owned */
	size_t n;
};

/**
 * struct facts - all that the checks look at
 * @unread:	what a selected GPU's readiness hangs on and can't be read, or ""
 * @only_root:	root can read it
 * @hidden_memory: where the framebuffer lies is told to root only
 * @remapping_error: why nothing tells whether interrupts are remapped, a negative errno, or 0
 * @machine:	there is a sys: not the tree of a system that is to be installed
 * @idle:	claim lines that select no GPU
 * @stray:	skip lines that name a place where no GPU is that they mean
 * @waiting:	GPUs that would be selected with gpuclaim=1 on the kernel command line
 * @n_absent:	claim lines that name a place where no device is
 * @lost:	functions that the record says are claimed, and that are gone
 * @left:	companions of this boot that the next one leaves with the host
 * @recipes:	what else gives functions to vfio-pci; NULL if it was not looked at
 * @images:	of the installed kernels; NULL if they were not looked at
 * @users:	of the selected ones; NULL if they were not looked at
 * @acs_source:	the file by which a later boot gets an argument about ACS; NULL: its line has it
 * @acs_later:	that file gives it to new kernels only
 * @whitelist:	what is thought of Nova's device_spec; NULL if it was not looked at
 */
struct facts {
	char unread[FAULT_TEXT_MAX];
	bool only_root, hidden_memory;
	bool machine, has_record, interrupt_remapping;
	int remapping_error;
	enum trial_state trial;
	const struct policy *policy;
	struct run_record record;
	struct iommu iommu;
	struct host host;
	struct vfio_access access;
	struct next_boot next_boot;
	const struct device_facts *device;
	size_t n_devices;
	const struct idle_line *idle, *stray;
	size_t n_idle, n_stray, waiting;
	const struct pci_address *lost;
	size_t n_absent, n_lost;
	struct left_behind left;
	const struct recipes *recipes;
	const struct initramfs *images;
	const struct gpu_users *users;
	const char *acs_source;
	bool acs_later;
	const struct check *whitelist;
};

#endif
