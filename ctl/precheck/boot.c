/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next boot will do: when the claims count, and who loses what. */
#include "ctl/precheck/boot.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/policy/conf_files.h"

#define LIST_MAX 600

/* What has the last word about it: a file that is read later than setup's, or the arguments. */
static const char *find_arm(const struct policy *policy)
{
	const char *last = NULL;
	bool later = false;

	for (size_t i = 0; i < policy->n_files; i++) {
		const struct config_file *file = &policy->files[i];

		if (later && file->has & 1u << SETTING_ARM)
			last = file->path;
		later |= strcmp(file->path, SELECTION_FILE) == 0;
	}
	return last ? last : "proc/cmdline";
}

int precheck_arming(const struct policy *policy, struct findings *findings)
{
	if (policy->n_errors || policy->settings.arm == ARM_KARG)
		return findings_add(findings, STATE_PASS, "arming", NULL,
				    "nothing is claimed without gpuclaim=1");
	return findings_add(
		findings, STATE_FAIL, "arming",
		"take arm=always out of it: else a setup that is cut off does harm, and the recovery entry claims, too",
		"/%s makes claim lines count without gpuclaim=1", find_arm(policy));
}

/* "0000:01:00.0 (now nouveau)", unless it has that driver. */
static void tell_function(const struct function *then, const struct machine *machine,
			  char list[static LIST_MAX])
{
	size_t i = machine_find(machine, &then->id.address);
	const char *now = i == NO_FUNCTION ? NULL : machine->function[i].driver;
	char address[PCI_ADDRESS_MAX], text[128];

	if (now && strcmp(now, then->detail->wanted) == 0)
		return;
	(void)snprintf(text, sizeof(text), "%s (now %s)",
		       pci_address_format(&then->id.address, address),
		       now ? now : "without a driver");
	text_join(list, LIST_MAX, ", ", text);
}

int precheck_next_boot(const struct assessment *future, const struct machine *machine,
		       struct findings *findings)
{
	const char *driver = "";
	char list[LIST_MAX] = "";

	for (size_t i = 0; i < future->decision.n_outcomes; i++) {
		const struct outcome *o = &future->decision.outcome[i];
		const struct function *f = &future->machine.function[o->function];

		if (!verdict_is_claim(o->verdict))
			continue;
		driver = f->detail->wanted;
		tell_function(f, machine, list);
	}
	if (!*list)
		return findings_add(findings, STATE_PASS, "next-boot", NULL,
				    "the next boot takes no function from a driver");
	return findings_add(findings, STATE_PASS, "next-boot", NULL,
			    "the next boot gives to %s: %s", driver, list);
}
