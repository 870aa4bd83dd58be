/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/places.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

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

/* PCI Local Bus Specification 3.0, 6.1 and 6.7; PCI Express Base Specification 7.5.3.2. */
enum {
	CONFIG_SIZE = 256,
	CONFIG_CAPABILITIES = 0x34,
	CAPABILITY_PCIE = 0x10,
	PORT_UPSTREAM = 5,
};

/* The port type from a function's PCI Express capability, or -1; what kept us from it in @ret. */
static int port_type(const struct root *root, const struct pci_address *address, int *ret)
{
	_cleanup_close_ int fd = -EBADF;
	unsigned char config[CONFIG_SIZE];
	char path[PCI_PATH_MAX];
	unsigned at;
	ssize_t n;

	fd = root_open_at(root, pci_attribute_path(address, "config", path), O_RDONLY);
	n = fd < 0 ? -1 : read(fd, config, sizeof(config));
	if (n != sizeof(config)) {
		/* Without root rights less of it is visible, and perhaps no switch. */
		*ret = fd < 0 ? fd : n < 0 ? -errno : 0;
		return -1;
	}

	at = config[CONFIG_CAPABILITIES] & 0xfcu;
	for (unsigned steps = 0; at >= 0x40 && at < CONFIG_SIZE - 2 && steps < 48; steps++) {
		if (config[at] == CAPABILITY_PCIE)
			return config[at + 2] >> 4;
		at = config[at + 1] & 0xfcu;
	}
	return -1;
}

/* The bridges above a function, nearest last: from ".../pci0000:00/0000:00:01.0/0000:01:00.0". */
static size_t ancestors(const struct machine *machine, char *target, size_t *ret, size_t room)
{
	struct pci_address address;
	size_t n = 0;
	char *save;

	for (char *part = strtok_r(target, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		size_t i;

		if (pci_address_parse(part, &address) < 0)
			continue;
		i = machine_find(machine, &address);
		if (i != NO_FUNCTION && n < room)
			ret[n++] = i;
	}
	return n ? n - 1 : 0; /* the last one is the function itself */
}

static int note(const struct root *root, struct machine *machine, size_t i, const char *path, int r)
{
	struct fault fault = {
		.scope = FAULT_FUNCTION,
		.address = machine->function[i].id.address,
	};

	(void)snprintf(fault.path, sizeof(fault.path), "%s", path);
	if (r < 0 && !root_is_absent(r))
		machine->function[i].upstream = UNKNOWN_FUNCTION;
	return machine_note(machine, root, &fault, r);
}

static int read_upstream(const struct root *root, struct machine *machine, size_t i)
{
	char path[PCI_PATH_MAX], target[512];
	struct function *f = &machine->function[i];
	size_t above[16], n;
	int r;

	pci_attribute_path(&f->id.address, "", path);
	r = root_link_target(root, path, target, sizeof(target));
	if (r < 0)
		return note(root, machine, i, path, r);
	n = ancestors(machine, target, above, ARRAY_SIZE(above));
	f->upstream = n ? above[n - 1] : NO_FUNCTION;
	for (size_t k = n; k > 0; k--) {
		const struct pci_address *port = &machine->function[above[k - 1]].id.address;

		if (port_type(root, port, &r) == PORT_UPSTREAM) {
			f->upstream = above[k - 1];
			return 0;
		}
		if (r < 0 && !root_is_absent(r))
			return note(root, machine, i, pci_attribute_path(port, "config", path), r);
	}
	return 0;
}

int machine_read_upstream(const struct root *root, struct machine *machine)
{
	int r = 0;

	for (size_t i = 0; i < machine->n_functions && r == 0; i++) {
		const struct function *f = &machine->function[i];

		if (f->unread || pci_class_is_gpu(f->id.class_code) ||
		    pci_class_is_companion(f->id.class_code))
			r = read_upstream(root, machine, i);
	}
	return r;
}
