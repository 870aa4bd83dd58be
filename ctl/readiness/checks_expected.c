/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/checks.h"
#include "helper/base/text.h"

static const struct device_facts *find_mismatched(const struct facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (facts->device[i].mismatched)
			return &facts->device[i];
	return NULL;
}

static void join_addresses(char *buf, size_t size, const struct pci_address *address, size_t n)
{
	char a[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < n; i++)
		text_join(buf, size, ", ", pci_address_format(&address[i], a));
}

static void check_addresses_present(const struct check_input *in, struct check *check)
{
	const struct facts *facts = in->facts;
	const struct device_facts *d = find_mismatched(facts);
	char list[MESSAGE_MAX - 128] = "", a[PCI_ADDRESS_MAX];

	if (facts->n_absent) {
		join_addresses(list, sizeof(list), facts->absent, facts->n_absent);
		check_say(
			check, STATE_FAIL,
			"look after the GPU's seat and power; if it moved, correct the address (gpuclaimctl scan)",
			"%s: no device is there, and a claim line names it", list);
	} else if (d) {
		check_say(check, STATE_FAIL,
			  "correct the claim line: gpuclaimctl scan shows addresses and IDs",
			  "%s: another device is there than the claim line names: %s",
			  pci_address_format(&d->address, a), d->why);
	} else if (facts->n_lost) {
		join_addresses(list, sizeof(list), facts->lost, facts->n_lost);
		check_say(check, STATE_WARN,
			  "look for its last words in the kernel's log (journalctl -k), and reboot",
			  "%s: claimed in this boot, and gone since", list);
	} else {
		check_say(check, STATE_PASS, NULL,
			  "no address in a claim line is without its device");
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
			  "see what is said of each device, or correct set expect=",
			  "%u of %d expected GPUs ready", ready, expect);
	else
		check_say(check, STATE_PASS, NULL, "%u of %d expected GPUs ready", ready, expect);
}

static const struct check_row rows[] = {
	/* the devices that claim lines name by address are there */
	{"addresses-present", check_addresses_present, 0},
	/* as many GPUs are ready as set expect= says */
	{"expect", check_expect, CHECK_OF_BOOT},
};

const struct check_group checks_of_what_is_expected = CHECK_GROUP(rows);
