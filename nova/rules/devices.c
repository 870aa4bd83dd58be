/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/devices.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/pci_attribute.h"

#define NOVA_DOMAIN_MAX 0xffffu
#define PATH_TEXT_MAX	320

static const char *const type_names[] = {
	[NOVA_TYPE_PCI] = "type-PCI",
	[NOVA_TYPE_PF] = "type-PF",
	[NOVA_TYPE_VF] = "type-VF",
};
_Static_assert(ARRAY_SIZE(type_names) == _NOVA_TYPE_COUNT, "a type has no name");

const char *nova_type_name(enum nova_type type)
{
	return type_names[type];
}

static long read_number(const struct root *root, const char *folder, const char *name, long unknown)
{
	char path[PATH_TEXT_MAX], text[32], *end;
	long number;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (root_read(root, path, text, sizeof(text)) <= 0)
		return unknown;
	number = strtol(text, &end, 10);
	return *end ? unknown : number;
}

static void read_device(const struct root *root, const struct function_id *id,
			struct nova_device *d)
{
	char folder[PCI_PATH_MAX], parent[PCI_ADDRESS_MAX];

	*d = (struct nova_device){
		.address = id->address, .id = id->id, .class_code = id->class_code};
	pci_attribute_path(&id->address, "", folder);
	d->numa_node = (int)read_number(root, folder, "numa_node", -1);
	if (pci_attribute_link(root, &id->address, "physfn", parent, sizeof(parent)) == 0 &&
	    pci_address_parse(parent, &d->parent) == 0)
		d->type = NOVA_TYPE_VF;
	else if (read_number(root, folder, "sriov_totalvfs", 0) > 0)
		d->type = NOVA_TYPE_PF;
}

static int read_devices(const struct root *root, const struct machine *machine,
			struct nova_host *host)
{
	host->device = calloc(machine->n_functions + 1, sizeof(*host->device));
	if (!host->device)
		return -ENOMEM;
	for (size_t i = 0; i < machine->n_functions; i++)
		if (!machine->function[i].unread &&
		    machine->function[i].id.address.domain <= NOVA_DOMAIN_MAX)
			read_device(root, &machine->function[i].id,
				    &host->device[host->n_devices++]);
	return 0;
}

static int scan_devices(const struct root *root, struct nova_host *host)
{
	struct machine machine = {0};
	int r = machine_scan(root, &machine);

	if (r == 0)
		r = read_devices(root, &machine, host);
	machine_free(&machine);
	return r;
}

/* An interface with a device; those of software have none. */
static int read_netdev(const struct root *root, const char *name, struct nova_host *host)
{
	char folder[PATH_TEXT_MAX], target[PATH_TEXT_MAX];
	struct nova_netdev *netdev;

	if ((size_t)snprintf(folder, sizeof(folder), "sys/class/net/%s/device", name) >=
		    sizeof(folder) ||
	    root_link_name(root, folder, target, sizeof(target)) < 0)
		return 0;
	netdev = ARRAY_PLACE(host->netdev, host->n_netdevs);
	if (!netdev)
		return -ENOMEM;
	netdev->name = strdup(name);
	netdev->address = strdup(target);
	netdev->vfs = (unsigned)read_number(root, folder, "sriov_totalvfs", 0);
	return netdev->name && netdev->address ? 0 : -ENOMEM;
}

static int read_netdevs(const struct root *root, struct nova_host *host)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, "sys/class/net", &dir);

	if (r < 0)
		return root_is_absent(r) ? 0 : r;
	while (r == 0 && (entry = root_next(dir, &r)))
		if (entry->d_name[0] != '.')
			r = read_netdev(root, entry->d_name, host);
	return r;
}

int nova_host_read(const struct root *root, const struct machine *machine, struct nova_host *ret)
{
	struct nova_host host = {0};
	int r = machine ? read_devices(root, machine, &host) : scan_devices(root, &host);

	if (r == 0)
		r = read_netdevs(root, &host);
	if (r < 0) {
		nova_host_free(&host);
		return r;
	}
	*ret = host;
	return 0;
}

void nova_host_free(struct nova_host *host)
{
	for (size_t i = 0; i < host->n_netdevs; i++) {
		free(host->netdev[i].name);
		free(host->netdev[i].address);
	}
	free(host->netdev);
	free(host->device);
	*host = (struct nova_host){0};
}

const struct nova_device *nova_host_find(const struct nova_host *host,
					 const struct pci_address *address)
{
	for (size_t i = 0; i < host->n_devices; i++)
		if (pci_address_compare(&host->device[i].address, address) == 0)
			return &host->device[i];
	return NULL;
}
