/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/moved.h"

#include <stdio.h>

#include "helper/base/text.h"

static bool is_named_there(const struct policy *policy, const struct function_id *id)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].kind == RULE_CLAIM &&
		    rule_is_at(&policy->rules[i], &id->address) &&
		    rule_matches_id(&policy->rules[i], id))
			return true;
	return false;
}

const char *moved_format(const struct machine *machine, const struct policy *policy,
			 const struct rule *rule, char buf[static MOVED_TEXT_MAX])
{
	char list[MOVED_TEXT_MAX - 40] = "", a[PCI_ADDRESS_MAX];

	buf[0] = '\0';
	if (!rule->has_id)
		return buf;
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct function_id *id = &machine->function[i].id;
		const struct detail *d = machine->function[i].detail;

		/* Virtual functions may have their GPU's IDs. */
		if ((!d || !d->vf) &&
		    (pci_class_is_gpu(id->class_code) || pci_class_is_fabric(id->class_code)) &&
		    rule_matches_id(rule, id) && !is_named_there(policy, id))
			text_join(list, sizeof(list), " and ", pci_address_format(&id->address, a));
	}
	if (*list)
		(void)snprintf(buf, MOVED_TEXT_MAX, "; a GPU with these IDs is at %s", list);
	return buf;
}
