/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/readiness.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/readiness/checks.h"
#include "ctl/readiness/devices.h"

/* @of_tree: it can be told of a tree without a machine, too. */
static const struct {
	const char *name;
	check_function *function;
	bool of_tree;
} checks[] = {
	[CHECK_CONFIGURATION] = {"configuration", check_configuration, true},
	[CHECK_SWITCHED_OFF] = {"switched-off", check_switched_off, false},
	[CHECK_ARMED] = {"armed", check_armed, false},
	[CHECK_TRIAL] = {"trial", check_trial, false},
	[CHECK_SELECTED] = {"selected", check_selected, false},
	[CHECK_IOMMU_ACTIVE] = {"iommu-active", check_iommu_active, false},
	[CHECK_INTERRUPT_REMAPPING] = {"interrupt-remapping", check_interrupt_remapping, false},
	[CHECK_RECORD] = {"record", check_record, false},
	[CHECK_CONFIGURATION_IN_STEP] = {"configuration-in-step", check_configuration_in_step,
					 false},
	[CHECK_INITRAMFS] = {"initramfs", check_initramfs, true},
	[CHECK_CLAIMED] = {"claimed", check_claimed, false},
	[CHECK_GROUP_VIABLE] = {"group-viable", check_group_viable, false},
	[CHECK_RESERVED_REGION] = {"reserved-region", check_reserved_region, false},
	[CHECK_SRIOV] = {"sriov", check_sriov, false},
	[CHECK_VFIO_NODE] = {"vfio-node", check_vfio_node, false},
	[CHECK_VFIO_TYPE1] = {"vfio-type1", check_vfio_type1, false},
	[CHECK_CARD_ANSWERS] = {"card-answers", check_card_answers, false},
	[CHECK_D3COLD] = {"d3cold", check_d3cold, false},
	[CHECK_BARS] = {"bars", check_bars, false},
	[CHECK_RESET] = {"reset", check_reset, false},
	[CHECK_LINK] = {"link", check_link, false},
	[CHECK_NUMA] = {"numa", check_numa, false},
	[CHECK_FRAMEBUFFER] = {"framebuffer", check_framebuffer, false},
	[CHECK_ADDRESSES_PRESENT] = {"addresses-present", check_addresses_present, false},
	[CHECK_EXPECT] = {"expect", check_expect, false},
	[CHECK_NOVA_WHITELIST] = {"nova-whitelist", check_nova_whitelist, false},
	[CHECK_KERNEL_ARGUMENTS] = {"kernel-arguments", check_kernel_arguments, false},
	[CHECK_HUGEPAGES] = {"hugepages", check_hugepages, false},
	[CHECK_LOCKDOWN] = {"lockdown", check_lockdown, false},
	[CHECK_THIEF_DRIVERS] = {"thief-drivers", check_thief_drivers, false},
	[CHECK_GPU_USERS] = {"gpu-users", check_gpu_users, false},
	[CHECK_OLD_RECIPES] = {"old-recipes", check_old_recipes, true},
};

_Static_assert(ARRAY_SIZE(checks) == _CHECK_COUNT, "a check has no function");

const char *check_name(enum check_id id)
{
	return checks[id].name;
}

const char *iommu_state_word(const struct facts *facts)
{
	switch (facts->iommu.state) {
	case IOMMU_ACTIVE:
		return "active";
	case IOMMU_OFF_KERNEL:
		return "off-kernel";
	case IOMMU_OFF_FIRMWARE:
		break;
	}
	return facts->device_tree ? "absent" : "off-firmware";
}

static bool is_pending(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->device[i].selected && facts->device[i].pending)
			return true;
	return false;
}

/* An IOMMU whose driver is a module may come into use after the initramfs. */
static bool iommu_may_come(const struct iommu *iommu)
{
	return iommu->state == IOMMU_OFF_KERNEL && iommu->kind != IOMMU_INTEL &&
	       iommu->kind != IOMMU_AMD;
}

static bool is_final(const struct check_input *check_input, const struct readiness *readiness)
{
	const struct facts *facts = check_input->facts;

	if (readiness->ready || readiness->without_gpu || check_input->set_up || !facts->machine ||
	    !facts->policy->valid || facts->policy->off != SWITCHED_ON)
		return true;
	return facts->has_record && !is_pending(facts) && !facts->n_absent &&
	       (int)check_input->selected >= facts->policy->settings.expect &&
	       !iommu_may_come(&facts->iommu);
}

/* By its entry, or by that of a trial. */
static bool is_armed_next(const struct facts *facts)
{
	return facts->next_boot.armed || facts->trial == TRIAL_PENDING;
}

/* The next boot would decide otherwise, or for the first time. */
static bool needs_reboot(const struct facts *facts)
{
	if (!facts->machine)
		return false;
	if (facts->policy->n_disarmed && is_armed_next(facts))
		return true;
	if (facts->has_record)
		return strcmp(facts->record.config, facts->policy->hash) != 0;
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->device[i].selected && !device_is_bound(&facts->device[i]))
			return true;
	return false;
}

/* Between setup and reboot there is nothing to be told of these. */
static bool is_of_next_boot(unsigned id)
{
	return id == CHECK_RECORD || id == CHECK_CONFIGURATION_IN_STEP || id == CHECK_EXPECT;
}

static void run_checks(const struct check_input *check_input, struct readiness *readiness)
{
	readiness->first = _CHECK_COUNT;
	for (unsigned i = 0; i < _CHECK_COUNT; i++) {
		struct check *check = &readiness->check[i];

		if (check_input->set_up && is_of_next_boot(i))
			check_say(check, STATE_SKIP, NULL, "it can be told after the reboot");
		else if (check_input->facts->machine || checks[i].of_tree)
			checks[i].function(check_input, check);
		else
			check_say(check, STATE_SKIP, NULL,
				  "not a machine: the tree has no sys to look at");
		if (check->state == STATE_FAIL && readiness->first == _CHECK_COUNT)
			readiness->first = i;
	}
	readiness->ready = readiness->first == _CHECK_COUNT;
}

static struct check_input make_input(const struct facts *facts, const struct device_result *result)
{
	unsigned selected = devices_count_gpus(facts, NULL);
	int expect = facts->policy->settings.expect;
	bool waits = !selected && facts->waiting && expect != 0;

	return (struct check_input){
		.facts = facts,
		.result = result,
		.selected = selected,
		.needed = selected > 0 || expect > 0,
		.waits = waits,
		.set_up = waits && facts->machine && facts->policy->valid &&
			  facts->policy->off == SWITCHED_ON && is_armed_next(facts),
	};
}

static bool is_configured(const struct check_input *check_input)
{
	const struct policy *policy = check_input->facts->policy;

	return check_input->selected || policy->settings.expect != EXPECT_ANY || !policy->valid;
}

/* An image may be shared with nodes that have no GPU: is there nothing else to be said? */
static bool is_without_gpu(const struct check_input *check_input, const struct readiness *readiness)
{
	if (readiness->ready || check_input->needed)
		return false;
	for (unsigned i = 0; i < _CHECK_COUNT; i++)
		if (readiness->check[i].state == STATE_FAIL && i != CHECK_SWITCHED_OFF &&
		    i != CHECK_ARMED && i != CHECK_SELECTED)
			return false;
	return true;
}

int readiness_judge(const struct facts *facts, struct readiness *ret)
{
	struct readiness readiness = {0};
	struct check_input check_input;

	readiness.device = calloc(facts->n_devices + 1, sizeof(*readiness.device));
	if (!readiness.device)
		return -ENOMEM;

	devices_judge(facts, readiness.device);
	check_input = make_input(facts, readiness.device);
	run_checks(&check_input, &readiness);
	readiness.configured = is_configured(&check_input);
	readiness.without_gpu = is_without_gpu(&check_input, &readiness);
	readiness.reboot_required = needs_reboot(facts);
	readiness.final = is_final(&check_input, &readiness);

	*ret = readiness;
	return 0;
}

void readiness_free(struct readiness *readiness)
{
	free(readiness->device);
	*readiness = (struct readiness){0};
}
