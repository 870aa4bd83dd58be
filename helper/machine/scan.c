/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

/*
 * "pci:v000010DEd00001C81sv00001458sd00003733bc03sc00i00" (pci_uevent()). Not by sscanf(3), which
 * takes longer than the kernel does to tell it.
 */
static int parse_modalias(const char *text, struct function_id *ret)
{
	static const struct {
		const char *name;
		unsigned digits;
	} field[] = {{"pci:v", 8}, {"d", 8}, {"sv", 8}, {"sd", 8}, {"bc", 2}, {"sc", 2}, {"i", 2}};
	uint32_t value[ARRAY_SIZE(field)];

	for (size_t i = 0; i < ARRAY_SIZE(field); i++) {
		size_t n = strlen(field[i].name);

		if (strncmp(text, field[i].name, n) != 0)
			return -EINVAL;
		text += n;
		if (!hex_take(&text, field[i].digits, &value[i]))
			return -EINVAL;
	}
	ret->id = (struct pci_id){(uint16_t)value[0], (uint16_t)value[1]};
	ret->subsystem = (struct pci_id){(uint16_t)value[2], (uint16_t)value[3]};
	ret->class_code = value[4] << 16 | value[5] << 8 | value[6];
	return 0;
}

int machine_note(struct machine *machine, const struct root *root, const struct fault *fault, int r)
{
	struct fault one = *fault;

	/* Who resets a device is read elsewhere. */
	if (r >= 0 || root_is_absent(r) || (r == -EBUSY && root->n_avoid))
		return 0;
	one.error = r;
	return ARRAY_ADD(machine->fault, machine->n_faults, one);
}

static int note_all(struct machine *machine, const struct root *root, const char *path, int r)
{
	struct fault fault = {.scope = FAULT_ALL};

	(void)snprintf(fault.path, sizeof(fault.path), "%s", path);
	return machine_note(machine, root, &fault, r);
}

/*
 * struct devices - where functions' attributes are read
 * @root:	for paths without their first @cut bytes: the devices' folder itself, so that the
 *		kernel looks up two names and not six; below a root that must not be left, that one
 */
struct devices {
	struct root root;
	size_t cut;
};

static struct devices devices_in(const struct root *root, DIR *dir)
{
	struct devices devices = {.root = *root};

	if (!root->confined && !root->n_avoid) {
		devices.root.fd = dirfd(dir);
		devices.cut = sizeof(PCI_DEVICES);
	}
	return devices;
}

/* The one thing that tells a dead disk from a dead GPU; 0 if it can't be read either. */
static uint32_t read_class(const struct devices *devices, const struct pci_address *address)
{
	char path[PCI_PATH_MAX], text[16];

	pci_attribute_path(address, "class", path);
	if (root_read(&devices->root, path + devices->cut, text, sizeof(text)) < 0)
		return 0;
	return (uint32_t)strtoul(text, NULL, 16) & 0xffffff;
}

static int read_ids(const struct devices *devices, const char *path, struct function_id *ret)
{
	char text[MODALIAS_MAX];
	ssize_t n = root_read(&devices->root, path + devices->cut, text, sizeof(text));

	return n < 0 ? (int)n : parse_modalias(text, ret);
}

/* Return: 0, or a negative errno: it is none, or it is gone. */
static int scan_function(const struct devices *devices, const char *name, struct machine *machine,
			 struct function *ret)
{
	struct function function = {.upstream = NO_FUNCTION};
	struct fault fault = {.scope = FAULT_FUNCTION};
	int r;

	r = pci_address_parse(name, &function.id.address);
	if (r < 0)
		return r;
	fault.address = function.id.address;
	pci_attribute_path(&fault.address, "modalias", fault.path);
	r = read_ids(devices, fault.path, &function.id);
	if (root_is_absent(r))
		return r;
	if (r < 0) {
		function.unread = true;
		function.id.class_code = read_class(devices, &function.id.address);
	}
	*ret = function;
	return machine_note(machine, &devices->root, &fault, r);
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
	struct devices devices;
	size_t room = 0;
	int r;

	r = root_open_dir(root, PCI_DEVICES, &dir);
	if (r < 0) /* absent: a kernel without PCI, or a machine without */
		return note_all(machine, root, PCI_DEVICES, r);
	devices = devices_in(root, dir);

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
		r = scan_function(&devices, entry->d_name, machine,
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

	if (f->driver || f->driver_known)
		return 0;
	pci_attribute_path(&fault.address, "driver", fault.path);
	r = root_link_name(root, fault.path, driver, sizeof(driver));
	f->driver_known = r == 0 || root_is_absent(r);
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

const struct detail *machine_find_alike(const struct machine *machine, const struct detail *as)
{
	for (size_t i = 0; i < machine->n_functions; i++) {
		const struct detail *d = machine->function[i].detail;

		if (d && d != as && strcmp(d->wanted, as->wanted) == 0)
			return d;
	}
	return NULL;
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
