/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

#define DEVICES "sys/bus/pci/devices"

/* "pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00" (pci_uevent()) */
static int parse_modalias(const char *text, struct function_id *ret)
{
	unsigned vendor, device, sub_vendor, sub_device, base, sub, interface;

	if (sscanf(text, "pci:v%8xd%8xsv%8xsd%8xbc%2xsc%2xi%2x", &vendor, &device, &sub_vendor,
		   &sub_device, &base, &sub, &interface) != 7)
		return -EINVAL;
	ret->id = (struct pci_id){(uint16_t)vendor, (uint16_t)device};
	ret->subsystem = (struct pci_id){(uint16_t)sub_vendor, (uint16_t)sub_device};
	ret->class = base << 16 | sub << 8 | interface;
	return 0;
}

static int scan_function(const struct root *root, const char *name, struct function *ret)
{
	struct function function = {.upstream = NO_FUNCTION};
	char path[64], text[MODALIAS_MAX];
	ssize_t n;
	int r;

	r = pci_address_parse(name, &function.id.address);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), DEVICES "/%.*s/modalias", PCI_ADDRESS_MAX, name);
	n = root_read(root, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = parse_modalias(text, &function.id);
	if (r < 0)
		return r;
	*ret = function;
	return 0;
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *fa = a, *fb = b;

	return pci_address_compare(&fa->id.address, &fb->id.address);
}

static int scan_all(const struct root *root, struct machine *machine)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	size_t room = 0;
	int r;

	r = root_open_dir(root, DEVICES, &dir);
	if (r < 0)
		return r == -ENOENT ? 0 : r; /* a kernel without PCI, or a machine without */

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (machine->n_functions == room) {
			size_t more = room ? room * 2 : 64;
			struct function *f = reallocarray(machine->function, more, sizeof(*f));

			if (!f)
				return -ENOMEM;
			machine->function = f;
			room = more;
		}
		r = scan_function(root, entry->d_name, &machine->function[machine->n_functions]);
		if (r == -ENOMEM)
			return r;
		if (r == 0) /* else gone meanwhile, or nothing a PCI function says */
			machine->n_functions++;
	}
	if (machine->n_functions)
		qsort(machine->function, machine->n_functions, sizeof(*machine->function),
		      compare_functions);
	return 0;
}

int machine_scan(const struct root *root, struct machine *ret)
{
	struct machine machine = { 0 };
	int r;

	machine.iommu = iommu_read(root);
	if (root_read(root, "proc/sys/kernel/random/boot_id", machine.boot_id,
		      sizeof(machine.boot_id)) < 0)
		machine.boot_id[0] = '\0';
	r = scan_all(root, &machine);
	if (r < 0) {
		machine_free(&machine);
		return r;
	}
	*ret = machine;
	return 0;
}

int machine_read_driver(const struct root *root, struct machine *machine, size_t i)
{
	struct function *f = &machine->function[i];
	char path[64], a[PCI_ADDRESS_MAX], driver[DRIVER_NAME_MAX];

	if (f->driver)
		return 0;
	snprintf(path, sizeof(path), DEVICES "/%s/driver", pci_address_format(&f->id.address, a));
	if (root_link_name(root, path, driver, sizeof(driver)) < 0)
		return 0;
	f->driver = strdup(driver);
	return f->driver ? 0 : -ENOMEM;
}

void machine_free(struct machine *machine)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		free(machine->function[i].driver);
		free(machine->function[i].detail);
	}
	for (size_t i = 0; i < machine->n_groups; i++)
		free(machine->group[i].member);
	free(machine->function);
	free(machine->group);
	*machine = (struct machine){ 0 };
}

size_t machine_find(const struct machine *machine, const struct pci_address *address)
{
	const struct function key = { .id.address = *address };
	const struct function *f;

	if (machine->n_functions == 0)
		return NO_FUNCTION;
	f = bsearch(&key, machine->function, machine->n_functions, sizeof(*f), compare_functions);
	return f ? (size_t)(f - machine->function) : NO_FUNCTION;
}

const struct group *machine_group(const struct machine *machine, int number)
{
	for (size_t i = 0; i < machine->n_groups; i++)
		if (machine->group[i].number == number)
			return &machine->group[i];
	return NULL;
}
