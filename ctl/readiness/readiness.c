/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/readiness.h"

#include <string.h>

#include "ctl/readiness/checks.h"
#include "ctl/readiness/devices.h"

/* In the order they are told. */
static const struct check_group *const groups[] = {
	&checks_of_configuration, &checks_of_iommu,  &checks_of_boot,
	&checks_of_devices,	  &checks_of_health, &checks_of_what_is_expected,
	&checks_of_host,
};

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
	return facts->iommu.platform.devicetree || platform_owns_iommu(&facts->iommu.platform)
		       ? "absent"
		       : "off-firmware";
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

static bool is_final(const struct check_input *in, const struct readiness *readiness)
{
	const struct facts *facts = in->facts;

	if (readiness->ready || readiness->without_gpu || in->set_up || !facts->machine ||
	    !facts->policy->valid || facts->policy->off != SWITCHED_ON)
		return true;
	return facts->has_record && !is_pending(facts) && !facts->n_absent &&
	       (int)in->selected >= facts->policy->settings.expect &&
	       !iommu_may_come(&facts->iommu);
}

/* By its entry, or by that of a trial. */
static bool is_armed_next(const struct facts *facts)
{
	return facts->next_boot.armed || facts->trial == TRIAL_PENDING;
}

bool readiness_needs_reboot(const struct facts *facts)
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

static void run_check(const struct check_input *in, const struct check_row *row,
		      struct check *check)
{
	if (in->set_up && (row->flags & CHECK_OF_BOOT))
		check_say(check, STATE_SKIP, NULL, "known only after the reboot");
	else if (in->facts->machine || (row->flags & CHECK_OF_TREE))
		row->function(in, check);
	else
		check_say(check, STATE_SKIP, NULL, "not a machine: the tree has no sys to look at");
	check->id = row->id;
}

static void run_checks(const struct check_input *in, struct readiness *readiness)
{
	bool others_fail = false;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (size_t i = 0; i < groups[g]->n; i++) {
			struct check *check = &readiness->check[readiness->n_checks++];

			run_check(in, &groups[g]->row[i], check);
			if (check->state != STATE_FAIL)
				continue;
			others_fail |= !(groups[g]->row[i].flags & CHECK_OF_CHOICE);
			if (!readiness->first)
				readiness->first = check;
		}
	}
	readiness->ready = !readiness->first;
	/* An image may be shared with nodes that have no GPU: is there nothing else to be said? */
	readiness->without_gpu = !readiness->ready && !in->needed && !others_fail;
}

static size_t count_checks(void)
{
	size_t n = 0;

	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		n += groups[g]->n;
	return n;
}

static size_t count_claims(const struct policy *policy)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		n += policy->rules[i].kind == RULE_CLAIM;
	return n;
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
		.claims = count_claims(facts->policy),
		.needed = selected > 0 || expect > 0,
		.waits = waits,
		.set_up = waits && facts->machine && facts->policy->valid &&
			  facts->policy->off == SWITCHED_ON && is_armed_next(facts) &&
			  !facts->next_boot.unread && !facts->next_boot.doubt[0],
	};
}

int readiness_foresee(const struct facts *facts, struct findings *ret)
{
	struct check_input in = make_input(facts, NULL);
	int r = 0;

	in.foreseen = true;
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (size_t i = 0; i < groups[g]->n && r == 0; i++) {
			const struct check_row *row = &groups[g]->row[i];
			struct check check = {0};

			if (!row->setup_id)
				continue;
			run_check(&in, row, &check);
			r = findings_add(ret, check.state, row->setup_id,
					 *check.remedy ? check.remedy : NULL, "%s", check.message);
		}
	}
	return r;
}

static bool is_configured(const struct check_input *in)
{
	const struct policy *policy = in->facts->policy;

	return in->selected || policy->settings.expect != EXPECT_ANY || !policy->valid;
}

int readiness_judge(const struct facts *facts, struct readiness *ret)
{
	struct readiness readiness = {0};
	struct check_input in;

	readiness.device = calloc(facts->n_devices + 1, sizeof(*readiness.device));
	readiness.check = calloc(count_checks(), sizeof(*readiness.check));
	if (!readiness.device || !readiness.check) {
		readiness_free(&readiness);
		return -ENOMEM;
	}

	devices_judge(facts, readiness.device);
	in = make_input(facts, readiness.device);
	run_checks(&in, &readiness);
	readiness.configured = is_configured(&in);
	readiness.reboot_required = readiness_needs_reboot(facts);
	readiness.final = is_final(&in, &readiness);

	*ret = readiness;
	return 0;
}

void readiness_free(struct readiness *readiness)
{
	free(readiness->device);
	free(readiness->check);
	*readiness = (struct readiness){0};
}
