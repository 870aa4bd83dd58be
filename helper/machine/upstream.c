/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/upstream.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

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
