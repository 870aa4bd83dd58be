/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of readiness, one function each. Pure. */
#ifndef GPUCLAIM_CTL_READINESS_CHECKS_H
#define GPUCLAIM_CTL_READINESS_CHECKS_H

#include "ctl/print/finding.h"
#include "ctl/readiness/devices.h"

/**
 * struct check_input - what the checks share
 * @needed:	a GPU is selected or expected: what it needs must be there
 * @waits:	none is selected, which is not right, and one would be with gpuclaim=1
 * @set_up:	likewise, and the next boot has that
 */
struct check_input {
	const struct facts *facts;
	const struct device_result *result;
	unsigned selected;
	bool needed, waits, set_up;
};

typedef void check_function(const struct check_input *check_input, struct check *check);

/* Of the configuration and the record. */
check_function check_configuration, check_switched_off, check_armed, check_trial, check_selected,
	check_record, check_configuration_in_step, check_initramfs, check_old_recipes;

/* Of the hardware. */
check_function check_iommu_active, check_interrupt_remapping, check_claimed, check_group_viable,
	check_reserved_region, check_sriov, check_vfio_node, check_addresses_present, check_expect;

/* Of the cards' condition, and of the host around them. */
check_function check_vfio_type1, check_card_answers, check_d3cold, check_bars, check_reset,
	check_link, check_numa, check_framebuffer;
check_function check_kernel_arguments, check_hugepages, check_lockdown, check_thief_drivers,
	check_gpu_users;

/* Of what Nova is told. */
check_function check_nova_whitelist;

#define NOTHING_SELECTED "nothing is selected"

#endif
