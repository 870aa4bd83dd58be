/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/places.h"

#include <stdio.h>
#include <string.h>

#define TARGET_MAX 512

/* Where a function sits: by the bus, and, if there is one, the ACPI path of its root. */
struct place {
	char bus[TOPOLOGY_MAX], acpi[TOPOLOGY_MAX];
};

/* A root bus without one leaves @acpi empty. */
static int read_acpi(const struct root *root, const char *target, size_t n, struct place *place)
{
	char path[TARGET_MAX + 32], name[TOPOLOGY_MAX], text[2 * TOPOLOGY_MAX];
	int r;

	while (n > 3 && strncmp(target, "../", 3) == 0) {
		target += 3;
		n -= 3;
	}
	(void)snprintf(path, sizeof(path), "sys/%.*s/firmware_node/path", (int)n, target);
	r = (int)root_read(root, path, name, sizeof(name));
	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	(void)snprintf(text, sizeof(text), "%s%s", name, strchr(place->bus, '/'));
	if (*text != '\\' || topology_parse(text, place->acpi) < 0)
		place->acpi[0] = '\0';
	return 0;
}

static int read_place(const struct root *root, const struct pci_address *address,
		      struct place *place)
{
	char path[PCI_PATH_MAX], target[TARGET_MAX];
	size_t n = 0;
	int r;

	*place = (struct place){0};
	r = root_link_target(root, pci_attribute_path(address, "", path), target, sizeof(target));
	if (r == 0)
		r = topology_of_link(target, place->bus, &n);
	return r < 0 ? r : read_acpi(root, target, n, place);
}

static void resolve(struct rule *rules, size_t n, const struct place *place,
		    const struct pci_address *address)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].path[0] && (strcmp(rules[i].path, place->bus) == 0 ||
					 strcmp(rules[i].path, place->acpi) == 0)) {
			rules[i].has_place = true;
			rules[i].place = *address;
		}
}

static bool any_path(const struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].path[0])
			return true;
	return false;
}

int places_resolve(const struct root *root, struct machine *machine, struct policy *policy)
{
	int r = 0;

	if (!any_path(policy->rules, policy->n_rules) &&
	    !any_path(policy->disarmed, policy->n_disarmed))
		return 0;
	for (size_t i = 0; i < machine->n_functions && r == 0; i++) {
		const struct pci_address *address = &machine->function[i].id.address;
		struct fault fault = {.scope = FAULT_FUNCTION, .address = *address};
		struct place place;
		int error = read_place(root, address, &place);

		pci_attribute_path(address, "", fault.path);
		r = machine_note(machine, root, &fault, error);
		resolve(policy->rules, policy->n_rules, &place, address);
		resolve(policy->disarmed, policy->n_disarmed, &place, address);
	}
	return r;
}

int place_path(const struct root *root, const struct pci_address *address,
	       char ret[static TOPOLOGY_MAX])
{
	struct place place;
	int r = read_place(root, address, &place);

	if (r < 0)
		return r;
	memcpy(ret, place.acpi[0] ? place.acpi : place.bus, TOPOLOGY_MAX);
	return 0;
}
