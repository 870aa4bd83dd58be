/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/node/unread.h"

#include <stdio.h>

#include "helper/claim/claim.h"

void unread_note(struct facts *facts, const char *path, int error)
{
	struct fault fault = {.error = error};

	if (error >= 0 || root_is_absent(error) || facts->unread[0])
		return;
	(void)snprintf(fault.path, sizeof(fault.path), "%s", path);
	(void)fault_format(&fault, facts->unread);
	facts->only_root = *fault_remedy(&fault);
}

static bool concerns_selected(const struct assessment *a, const struct fault *fault)
{
	for (size_t u = 0; u < a->units.n_units; u++)
		if (unit_is_wanted(&a->units.unit[u]) &&
		    fault_concerns(&a->machine, &a->units.unit[u], fault,
				   a->policy.settings.companions))
			return true;
	for (size_t i = 0; i < a->decision.n_outcomes; i++) {
		const struct outcome *o = &a->decision.outcome[i];

		if (o->unit == NO_FUNCTION && o->unread &&
		    pci_address_compare(&a->machine.function[o->function].id.address,
					&fault->address) == 0)
			return true;
	}
	return false;
}

void unread_note_access(struct facts *facts)
{
	const struct vfio_access *access = &facts->access;

	if (access->unread && !access->groupless && !access->guests_use_iommufd)
		unread_note(facts, access->unread, access->error);
}

void unread_note_faults(const struct assessment *a, struct facts *facts)
{
	for (size_t i = 0; i < a->machine.n_faults; i++) {
		const struct fault *fault = &a->machine.fault[i];

		if (fault->scope == FAULT_ALL && fault->error == -EPERM)
			facts->hidden_memory = true;
		else if (fault->scope == FAULT_ALL || concerns_selected(a, fault))
			unread_note(facts, fault->path, fault->error);
	}
}
