// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "checks.h"

static enum check_state fail_if(bool needed)
{
	return needed ? STATE_FAIL : STATE_WARN;
}

void check_configuration(const struct inquiry *inquiry, struct check *check)
{
	const struct policy *policy = inquiry->facts->policy;
	char list[MESSAGE_MAX] = "";

	if (!policy->valid) {
		for (size_t i = 0; i < policy->n_errors; i++)
			check_join(list, sizeof(list), "; ", policy->errors[i]);
		check_say(check, STATE_FAIL, "correct each place that is named", "%s", list);
	} else if (policy->n_warnings) {
		for (size_t i = 0; i < policy->n_warnings; i++)
			check_join(list, sizeof(list), "; ", policy->warnings[i]);
		check_say(check, STATE_WARN,
			  "write what each warning asks for; until then it counts", "%s", list);
	} else {
		check_say(check, STATE_PASS, NULL, "the configuration (%s) holds no error",
			  policy->hash);
	}
}

void check_switched_off(const struct inquiry *inquiry, struct check *check)
{
	enum check_state state = fail_if(inquiry->needed);

	switch (inquiry->facts->policy->off) {
	case SWITCHED_ON:
		check_say(check, STATE_PASS, NULL, "gpuclaim is switched on");
		break;
	case SWITCHED_OFF_KARG:
		check_say(check, state, "boot without gpuclaim=0",
			  "gpuclaim=0 on the kernel command line switches everything off");
		break;
	case SWITCHED_OFF_INITRAMFS:
		check_say(check, state, "wait for the real root, or boot without rd.gpuclaim=0",
			  "rd.gpuclaim=0 on the kernel command line leaves the claim to the real "
			  "root");
		break;
	case SWITCHED_OFF_CRASH_KERNEL:
		check_say(check, state, "boot the ordinary kernel",
			  "/proc/vmcore: this is a crash kernel, in which nothing is claimed");
		break;
	}
}

void check_armed(const struct inquiry *inquiry, struct check *check)
{
	size_t n = inquiry->facts->policy->n_disarmed;

	if (n)
		check_say(check, STATE_WARN, "boot with gpuclaim=1 among the kernel arguments",
			  "%zu claim %s for gpuclaim=1 on the kernel command line (set arm=karg)",
			  n, n > 1 ? "lines wait" : "line waits");
	else
		check_say(check, STATE_PASS, NULL, "no claim line waits for gpuclaim=1");
}

static size_t count_claims(const struct policy *policy)
{
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		n += policy->rules[i].kind == RULE_CLAIM;
	return n;
}

/* What a line names though it can never be claimed; wrong IDs at an address are another matter. */
static const struct device_facts *find_other(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct device_facts *d = &facts->device[i];

		if (!d->in_unit && !d->mismatched &&
		    (d->verdict == VERDICT_NOT_A_GPU || d->verdict == VERDICT_BRIDGE))
			return d;
	}
	return NULL;
}

void check_selected(const struct inquiry *inquiry, struct check *check)
{
	const struct device_facts *other = find_other(inquiry->facts);
	size_t n = count_claims(inquiry->facts->policy);
	char a[PCI_ADDRESS_MAX];

	if (other)
		check_say(check, STATE_WARN, "take it out of the configuration",
			  "%s: named by a claim line, and can't be claimed: %s: %s",
			  pci_address_format(&other->address, a), verdict_name(other->verdict),
			  other->why);
	else if (!inquiry->selected && n)
		check_say(check, STATE_WARN,
			  "compare the claim lines with what gpuclaimctl scan lists",
			  "no GPU is selected: no GPU here matches a claim line, or a skip line "
			  "spares it");
	else if (!inquiry->selected)
		check_say(check, STATE_WARN,
			  "gpuclaimctl scan lists the GPUs; name them in "
			  "/etc/gpuclaim/gpuclaim.conf",
			  "no GPU is selected: no claim line is in force");
	else
		check_say(check, STATE_PASS, NULL, "%u %s selected", inquiry->selected,
			  inquiry->selected > 1 ? "GPUs are" : "GPU is");
}

void check_record(const struct inquiry *inquiry, struct check *check)
{
	const struct run_record *record = &inquiry->facts->record;

	if (!inquiry->facts->has_record)
		check_say(check, fail_if(inquiry->needed),
			  "rebuild the initramfs with gpuclaim in it, and reboot",
			  "no record of this boot in /run/gpuclaim: gpuclaim has not run, and the "
			  "verdicts are computed");
	else
		check_say(check, STATE_PASS, NULL,
			  "recorded in the %s, %lu ms after the kernel's start: %u of %u selected "
			  "GPUs claimed",
			  strcmp(record->stage, "initramfs") == 0 ? "initramfs" : "running system",
			  record->time_ms, record->claimed, record->gpus);
}

void check_configuration_in_step(const struct inquiry *inquiry, struct check *check)
{
	const struct facts *facts = inquiry->facts;

	if (!facts->has_record)
		check_say(check, STATE_SKIP, NULL, "there is no record of this boot");
	else if (strcmp(facts->record.config, facts->policy->hash) != 0)
		check_say(check, STATE_WARN,
			  "rebuild the initramfs, so that it holds the files there are now, and "
			  "reboot",
			  "this boot was decided with configuration %s, the files now make it %s",
			  facts->record.config, facts->policy->hash);
	else
		check_say(check, STATE_PASS, NULL,
			  "this boot was decided with the configuration there is now");
}

void check_old_recipes(const struct inquiry *inquiry, struct check *check)
{
	const struct facts *facts = inquiry->facts;
	char list[MESSAGE_MAX - 128] = "";

	if (!facts->n_recipes) {
		check_say(check, STATE_PASS, NULL, "no ids= option of vfio-pci is left over");
		return;
	}
	for (size_t i = 0; i < facts->n_recipes; i++)
		check_join(list, sizeof(list), ", ", facts->recipes[i]);
	check_say(check, STATE_WARN,
		  "take it out: it binds every device of those IDs, also one the host should keep",
		  "an ids= option of vfio-pci is left over: %s", list);
}
