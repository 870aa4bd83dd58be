/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

#define LIST_ROOM (MESSAGE_MAX - MORE_MAX)

/* As many as there is room for; @ret_left: how many are left out. */
static void list_messages(char *const *messages, size_t n, char list[static LIST_ROOM],
			  size_t *ret_left)
{
	*ret_left = 0;
	for (size_t i = 0; i < n; i++) {
		text_join(list, LIST_ROOM, "; ", messages[i]);
		*ret_left += !strstr(list, messages[i]);
	}
}

static void check_configuration(const struct check_input *in, struct check *check)
{
	const struct policy *policy = in->facts->policy;
	char list[LIST_ROOM] = "", more[MORE_MAX];
	size_t left;

	if (!policy->valid) {
		check_say(check, STATE_FAIL, policy_remedy(policy), "%s%s", policy->errors[0],
			  check_more(policy->n_errors, more));
	} else if (policy->n_warnings) {
		list_messages(policy->warnings, policy->n_warnings, list, &left);
		check_say(
			check, STATE_WARN,
			"write what each warning asks for; until then the lines count as they are",
			"%s%s", list, check_more(left + 1, more));
	} else {
		check_say(check, STATE_PASS, NULL, "the configuration (%s) holds no error",
			  policy->hash);
	}
}

static void check_switched_off(const struct check_input *in, struct check *check)
{
	enum check_state state = fail_if(in->needed || in->waits);

	switch (in->facts->policy->off) {
	case SWITCHED_ON:
		check_say(check, STATE_PASS, NULL, "gpuclaim is switched on");
		break;
	case SWITCHED_OFF_KARG:
		check_say(check, state, "boot without gpuclaim=0",
			  "gpuclaim=0 on the kernel command line switches everything off");
		break;
	case SWITCHED_OFF_INITRAMFS:
		check_say(
			check, state, "wait for the real root, or boot without rd.gpuclaim=0",
			"rd.gpuclaim=0 on the kernel command line leaves the claim to the real root");
		break;
	case SWITCHED_OFF_RESCUE:
		check_say(
			check, state, "boot another entry",
			"this boot is of a rescue entry (BOOT_IMAGE=), in which nothing is claimed");
		break;
	case SWITCHED_OFF_CRASH_KERNEL:
		check_say(check, state, "boot the ordinary kernel",
			  "/proc/vmcore: this is a crash kernel, in which nothing is claimed");
		break;
	}
}

/* Where it is the reason that nothing is selected, the node is not ready. */
static void check_armed(const struct check_input *in, struct check *check)
{
	size_t n = in->facts->policy->n_disarmed;

	if (!n)
		check_say(check, STATE_PASS, NULL, "no claim line waits for gpuclaim=1");
	else if (in->facts->policy->off != SWITCHED_ON)
		check_say(check, STATE_SKIP, NULL, "gpuclaim is switched off");
	else if (in->set_up)
		check_say(check, STATE_FAIL,
			  "reboot: the next boot has gpuclaim=1, and claims then",
			  "set up; reboot");
	else if (in->waits && in->facts->next_boot.armed && in->facts->next_boot.unread)
		check_say(
			check, STATE_FAIL,
			"mount each EFI partition that gpuclaimctl kargs show names, and run status again; or reboot and look",
			"the next boot was given gpuclaim=1 (%s), and not all of its entries could be read back (gpuclaimctl kargs show)",
			in->facts->next_boot.source);
	else
		check_say(
			check, fail_if(in->waits),
			"boot with gpuclaim=1 among the kernel arguments (gpuclaimctl kargs show)",
			"%zu claim %s for gpuclaim=1 on the kernel command line (set arm=karg)", n,
			n > 1 ? "lines wait" : "line waits");
}

static void check_trial(const struct check_input *in, struct check *check)
{
	switch (in->facts->trial) {
	case TRIAL_RUNNING:
		check_say(check, STATE_WARN, "gpuclaimctl commit makes it permanent",
			  "this boot is a trial: the next one has the old kernel arguments");
		break;
	case TRIAL_FAILED:
		check_say(check, STATE_WARN, "gpuclaimctl commit takes its entry away",
			  "a trial of the kernel arguments did not come up, or was not booted");
		break;
	case TRIAL_PENDING:
		check_say(check, STATE_WARN, "reboot",
			  "the next boot is a trial of the kernel arguments");
		break;
	default:
		check_say(check, STATE_PASS, NULL, "no trial waits for a decision");
	}
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

#define IDLE_MAX (MESSAGE_MAX - 64)

/* No GPU is selected: is that right, and if not, why is it so? */
static void say_none_selected(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	const struct policy *policy = facts->policy;
	bool any = in->claims || policy->n_disarmed;
	char list[IDLE_MAX];
	size_t n = idle_lines_format(facts->idle, facts->n_idle, IDLE_ALL, list, sizeof(list));

	if (policy->settings.expect == 0)
		check_say(check, STATE_PASS, NULL,
			  "no GPU is selected, and none is expected (set expect=0)");
	else if (!any && !policy->valid)
		check_say(check, STATE_SKIP, NULL,
			  "no claim line counts while the configuration holds an error");
	else if (!any)
		check_say(
			check, STATE_FAIL,
			"gpuclaimctl setup; or write \"set expect=0\" to /etc/gpuclaim/gpuclaim.conf if this node is to have none",
			"not set up: no claim line names a GPU");
	else if (!facts->machine)
		check_say(check, STATE_FAIL, "boot it, and run gpuclaimctl status there",
			  "not booted yet: what the claim lines select is known only on the node");
	else if (in->waits && !n)
		check_say(check, STATE_SKIP, NULL,
			  "the claim lines wait for gpuclaim=1: see armed");
	else if (in->waits)
		check_say(check, STATE_WARN, idle_lines_remedy(facts->idle, facts->n_idle, false),
			  "selects no GPU: %s", list);
	else
		check_say(check, STATE_FAIL, idle_lines_remedy(facts->idle, facts->n_idle, true),
			  "no claim line selects a GPU%s%s", n ? ": " : "", list);
}

static void check_selected(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	const struct device_facts *other = find_other(facts);
	char list[IDLE_MAX], a[PCI_ADDRESS_MAX];

	if (!in->selected)
		say_none_selected(in, check);
	else if (idle_lines_format(facts->idle, facts->n_idle, IDLE_OTHERS, list, sizeof(list)))
		check_say(check, STATE_WARN, idle_lines_remedy(facts->idle, facts->n_idle, false),
			  "selects no GPU: %s", list);
	else if (other)
		check_say(check, STATE_WARN, "take it out of the configuration",
			  "%s: named by a claim line, and can't be claimed: %s: %s",
			  pci_address_format(&other->address, a), verdict_name(other->verdict),
			  other->why);
	else
		check_say(check, STATE_PASS, NULL, "%u %s selected", in->selected,
			  in->selected > 1 ? "GPUs are" : "GPU is");
}

static const struct check_row rows[] = {
	/* the files and the command line hold no error */
	{"configuration", "configuration", check_configuration, CHECK_OF_TREE},
	/* nothing switches gpuclaim off */
	{"switched-off", NULL, check_switched_off, CHECK_OF_CHOICE},
	/* no claim line waits for gpuclaim=1 */
	{"armed", NULL, check_armed, CHECK_OF_CHOICE},
	/* this boot is none that tries its kernel arguments, nor the next */
	{"trial", NULL, check_trial, 0},
	/* a GPU is selected, and each claim line selects one */
	{"selected", NULL, check_selected, CHECK_OF_CHOICE | CHECK_OF_TREE},
};

const struct check_group checks_of_configuration = CHECK_GROUP(rows);

static void join_addresses(char *buf, size_t size, const struct pci_address *address, size_t n)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < n; i++)
		text_join(buf, size, ", ", pci_address_format(&address[i], a));
}

static void check_addresses_present(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	char list[MESSAGE_MAX - 128] = "";
	size_t n = idle_lines_format(facts->idle, facts->n_idle, IDLE_MISSING, list, sizeof(list));

	if (n && !in->selected && facts->policy->settings.expect != 0) {
		check_say(check, STATE_FAIL, "see selected",
			  "%zu claim %s not find the device at its place", n,
			  n > 1 ? "lines do" : "line does");
	} else if (n) {
		check_say(check, STATE_FAIL, idle_lines_remedy(facts->idle, facts->n_idle, false),
			  "not found at its place; look at its seat and its power: %s", list);
	} else if (facts->n_lost) {
		join_addresses(list, sizeof(list), facts->lost, facts->n_lost);
		check_say(check, STATE_WARN,
			  "look for its errors in the kernel's log (journalctl -k), and reboot",
			  "%s: claimed in this boot, and gone since", list);
	} else if (in->selected && facts->n_stray) {
		(void)idle_lines_format(facts->stray, facts->n_stray, IDLE_ALL, list, sizeof(list));
		check_say(check, STATE_WARN, idle_lines_remedy(facts->stray, facts->n_stray, false),
			  "spares no GPU, which may be claimed at another place: %s", list);
	} else {
		check_say(check, STATE_PASS, NULL, "each address in a claim line has its device");
	}
}

static void check_expect(const struct check_input *in, struct check *check)
{
	unsigned ready = devices_count_gpus(in->facts, in->result);
	int expect = in->facts->policy->settings.expect;

	if (expect == EXPECT_ANY)
		check_say(check, STATE_PASS, NULL, "any number of GPUs will do, %u ready", ready);
	else if ((int)ready < expect)
		check_say(check, STATE_FAIL,
			  "look at what keeps each device from being ready, or correct set expect=",
			  "%u of %d expected GPUs ready", ready, expect);
	else
		check_say(check, STATE_PASS, NULL, "%u of %d expected GPUs ready", ready, expect);
}

static const struct check_row expected[] = {
	/* the devices that claim lines name by address are there */
	{"addresses-present", NULL, check_addresses_present, 0},
	/* as many GPUs are ready as set expect= says */
	{"expect", NULL, check_expect, CHECK_OF_BOOT},
};

const struct check_group checks_of_what_is_expected = CHECK_GROUP(expected);
