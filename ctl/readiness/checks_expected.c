/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

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

static const struct check_row rows[] = {
	/* the devices that claim lines name by address are there */
	{"addresses-present", NULL, check_addresses_present, 0},
	/* as many GPUs are ready as set expect= says */
	{"expect", NULL, check_expect, CHECK_OF_BOOT},
};

const struct check_group checks_of_what_is_expected = CHECK_GROUP(rows);
