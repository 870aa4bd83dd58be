/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"

#define DEVICES "sys/bus/pci/devices"

/* Find KEY= at the start of a line of a uevent attribute. */
static const char *uevent_value(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		if (*line == '\n')
			line++;
		if (strncmp(line, key, n) == 0 && line[n] == '=')
			return line + n + 1;
	}
	return NULL;
}

/* "10DE:1C81", up to the end of the line. */
static int uevent_id(const char *text, const char *key, struct pci_id *ret)
{
	const char *value = uevent_value(text, key);
	char id[10];

	if (!value)
		return -EINVAL;
	snprintf(id, sizeof(id), "%.*s", (int)strcspn(value, "\n"), value);
	return pci_id_parse(id, ret);
}

static int parse_uevent(const char *text, struct function *ret)
{
	const char *class = uevent_value(text, "PCI_CLASS");
	const char *driver = uevent_value(text, "DRIVER");
	struct function function = { .upstream = NO_FUNCTION };

	if (!class || uevent_id(text, "PCI_ID", &function.id.id) < 0)
		return -EINVAL;
	/* A bridge has no subsystem of its own: zeros, as the kernel says. */
	if (uevent_id(text, "PCI_SUBSYS_ID", &function.id.subsystem) < 0)
		function.id.subsystem = (struct pci_id){ 0 };
	function.id.class = (uint32_t)strtoul(class, NULL, 16) & 0xffffff;

	if (driver) {
		function.driver = strndup(driver, strcspn(driver, "\n"));
		if (!function.driver)
			return -ENOMEM;
	}
	*ret = function;
	return 0;
}

static int scan_function(const struct root *root, const char *name, struct function *ret)
{
	struct pci_address address;
	char path[64], text[ROOT_ATTRIBUTE_MAX];
	ssize_t n;
	int r;

	r = pci_address_parse(name, &address);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), DEVICES "/%.*s/uevent", PCI_ADDRESS_MAX, name);
	n = root_read(root, path, text, sizeof(text));
	if (n < 0)
		return (int)n;
	r = parse_uevent(text, ret);
	if (r < 0)
		return r;
	ret->id.address = address;
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
