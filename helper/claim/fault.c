/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/fault.h"

#include <stdio.h>
#include <string.h>

static bool holds(const struct unit *unit, size_t i)
{
	for (size_t k = 0; k < unit->n_functions; k++)
		if (unit->function[k] == i)
			return true;
	return false;
}

/* Its class is unknown, or one that may come along with a GPU. */
static bool may_come_along(const struct function *f)
{
	return f->unread && (!f->id.class_code || pci_class_is_companion(f->id.class_code) ||
			     pci_class_is_gpu(f->id.class_code));
}

/* One board of several slots, as far as that is known. */
static bool is_behind_port(const struct function *f, const struct function *gpu)
{
	return f->upstream == UNKNOWN_FUNCTION || gpu->upstream == UNKNOWN_FUNCTION ||
	       (f->upstream != NO_FUNCTION && f->upstream == gpu->upstream);
}

static bool is_group_of(const struct machine *machine, const struct unit *unit, int group)
{
	for (size_t k = 0; k < unit->n_functions; k++) {
		const struct detail *d = machine->function[unit->function[k]].detail;

		if (d && d->group == group)
			return true;
	}
	return false;
}

static bool shares_group(const struct machine *machine, const struct unit *unit, size_t i)
{
	for (size_t g = 0; g < machine->n_groups; g++)
		for (size_t m = 0; m < machine->group[g].n_members; m++)
			if (machine->group[g].member[m] == i &&
			    is_group_of(machine, unit, machine->group[g].number))
				return true;
	return false;
}

bool fault_concerns(const struct machine *machine, const struct unit *unit,
		    const struct fault *fault, enum companions_policy companions)
{
	const struct function *gpu = &machine->function[unit->gpu], *f;
	size_t i;

	if (fault->scope == FAULT_ALL)
		return true;
	if (fault->scope == FAULT_GROUP)
		return is_group_of(machine, unit, fault->group);
	i = machine_find(machine, &fault->address);
	if (i == NO_FUNCTION)
		return false;
	f = &machine->function[i];
	if (holds(unit, i) || shares_group(machine, unit, i))
		return true;
	if (may_come_along(f) && pci_address_same_device(&f->id.address, &gpu->id.address))
		return true;
	return companions == COMPANIONS_GROUP &&
	       (may_come_along(f) || f->upstream == UNKNOWN_FUNCTION) && is_behind_port(f, gpu);
}

const struct fault *fault_of_unit(const struct machine *machine, const struct unit *unit,
				  enum companions_policy companions)
{
	for (size_t i = 0; i < machine->n_faults; i++)
		if (fault_concerns(machine, unit, &machine->fault[i], companions))
			return &machine->fault[i];
	return NULL;
}

const struct fault *fault_of_all(const struct machine *machine)
{
	for (size_t i = 0; i < machine->n_faults; i++)
		if (machine->fault[i].scope == FAULT_ALL)
			return &machine->fault[i];
	return NULL;
}

const struct fault *fault_of_function(const struct machine *machine, size_t i)
{
	for (size_t k = 0; k < machine->n_faults; k++)
		if (machine->fault[k].scope == FAULT_FUNCTION &&
		    pci_address_compare(&machine->fault[k].address,
					&machine->function[i].id.address) == 0)
			return &machine->fault[k];
	return NULL;
}

const char *fault_format(const struct fault *fault, char buf[static FAULT_TEXT_MAX])
{
	(void)snprintf(buf, FAULT_TEXT_MAX, "cannot read /%s: %s", fault->path,
		       strerror(-fault->error));
	return buf;
}

const char *fault_remedy(const struct fault *fault)
{
	return fault->error == -EACCES || fault->error == -EPERM ? ": run this as root" : "";
}
