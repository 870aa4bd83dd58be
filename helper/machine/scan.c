/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

/* "pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00" (pci_uevent()) */
static int parse_modalias(const char *text, struct function_id *ret)
{
	unsigned vendor, device, sub_vendor, sub_device, base, sub, interface;

	if (sscanf(text, "pci:v%8xd%8xsv%8xsd%8xbc%2xsc%2xi%2x", &vendor, &device, &sub_vendor,
		   &sub_device, &base, &sub, &interface) != 7)
		return -EINVAL;
	ret->id = (struct pci_id){(uint16_t)vendor, (uint16_t)device};
	ret->subsystem = (struct pci_id){(uint16_t)sub_vendor, (uint16_t)sub_device};
	ret->class_code = base << 16 | sub << 8 | interface;
	return 0;
}

int machine_note(struct machine *machine, const struct root *root, const struct fault *fault, int r)
{
	struct fault *more;

	/* Who resets a device is told of elsewhere. */
	if (r >= 0 || root_is_absent(r) || (r == -EBUSY && root->n_avoid))
		return 0;
	more = reallocarray(machine->fault, machine->n_faults + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	machine->fault = more;
	more += machine->n_faults++;
	*more = *fault;
	more->error = r;
	return 0;
}

static int note_all(struct machine *machine, const struct root *root, const char *path, int r)
{
	struct fault fault = {.scope = FAULT_ALL};

	(void)snprintf(fault.path, sizeof(fault.path), "%s", path);
	return machine_note(machine, root, &fault, r);
}

/* The one thing that tells a dead disk from a dead GPU; 0 if it can't be read either. */
static uint32_t read_class(const struct root *root, const struct pci_address *address)
{
	char text[16];

	if (pci_attribute_read(root, address, "class", text, sizeof(text)) < 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16) & 0xffffff;
}

/* Return: 0, or a negative errno: it is none, or it is gone. */
static int scan_function(const struct root *root, const char *name, struct machine *machine,
			 struct function *ret)
{
	struct function function = {.upstream = NO_FUNCTION};
	struct fault fault = {.scope = FAULT_FUNCTION};
	char text[MODALIAS_MAX];
	int r;

	r = pci_address_parse(name, &function.id.address);
	if (r < 0)
		return r;
	fault.address = function.id.address;
	pci_attribute_path(&fault.address, "modalias", fault.path);
	r = (int)root_read(root, fault.path, text, sizeof(text));
	if (r >= 0)
		r = parse_modalias(text, &function.id);
	if (root_is_absent(r))
		return r;
	if (r < 0) {
		function.unread = true;
		function.id.class_code = read_class(root, &function.id.address);
	}
	*ret = function;
	return machine_note(machine, root, &fault, r);
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

	r = root_open_dir(root, PCI_DEVICES, &dir);
	if (r < 0) /* absent: a kernel without PCI, or a machine without */
		return note_all(machine, root, PCI_DEVICES, r);

	while ((entry = root_next(dir, &r))) {
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
		r = scan_function(root, entry->d_name, machine,
				  &machine->function[machine->n_functions]);
		if (r == -ENOMEM)
			return r;
		if (r == 0) /* else gone meanwhile, or no PCI function's name */
			machine->n_functions++;
	}
	r = note_all(machine, root, PCI_DEVICES, r);
	if (machine->n_functions)
		qsort(machine->function, machine->n_functions, sizeof(*machine->function),
		      compare_functions);
	return r;
}

/* Without it nothing tells which records are this boot's. */
static int read_boot_id(const struct root *root, struct machine *machine)
{
	static const char path[] = "proc/sys/kernel/random/boot_id";
	int r = (int)root_read(root, path, machine->boot_id, sizeof(machine->boot_id));

	if (r < 0)
		machine->boot_id[0] = '\0';
	return note_all(machine, root, path, r);
}

int machine_scan(const struct root *root, struct machine *ret)
{
	struct machine machine = {0};
	int r;

	r = iommu_look(root, &machine.iommu);
	r = note_all(&machine, root, machine.iommu.unread, r);
	if (r == 0)
		r = read_boot_id(root, &machine);
	if (r == 0)
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
	struct fault fault = {.scope = FAULT_FUNCTION, .address = f->id.address};
	char driver[DRIVER_NAME_MAX];
	int r;

	if (f->driver)
		return 0;
	pci_attribute_path(&fault.address, "driver", fault.path);
	r = root_link_name(root, fault.path, driver, sizeof(driver));
	if (r < 0)
		return machine_note(machine, root, &fault, r);
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
	free(machine->fault);
	*machine = (struct machine){0};
}

size_t machine_find(const struct machine *machine, const struct pci_address *address)
{
	const struct function key = {.id.address = *address};
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
