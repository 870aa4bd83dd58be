/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/node.h"

#include <stdio.h>
#include <string.h>

#include "ctl/machine/disk_use.h"
#include "ctl/machine/host.h"
#include "ctl/verify/dropin_path.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"
#include "nova/rules/release.h"

/*
 * The vendor's driver of a virtual function may be one of VFIO's, too. What can't be read is none,
 * and warns.
 *
 * Source: kernel Documentation/driver-api/vfio.rst, "Device cdev Example".
 */
static bool is_vfio(const struct root *root, const struct nova_device *device, const char *driver)
{
	char path[PCI_PATH_MAX];

	if (strstr(driver, "vfio"))
		return true;
	return *driver && device->type == NOVA_TYPE_VF &&
	       root_exists(root, pci_attribute_path(&device->address, "vfio-dev", path));
}

/* What was read before is not read again. No link: no driver. */
static char *read_driver(const struct root *root, const struct machine *machine,
			 const struct pci_address *address)
{
	size_t i = machine ? machine_find(machine, address) : NO_FUNCTION;
	const struct function *f = i == NO_FUNCTION ? NULL : &machine->function[i];
	char name[64];

	if (f && f->driver_known)
		return strdup(f->driver ? f->driver : "");
	(void)pci_attribute_link(root, address, "driver", name, sizeof(name));
	return strdup(name);
}

static int read_drivers(const struct root *root, const struct machine *machine,
			struct nova_node *node)
{
	node->driver = calloc(node->host.n_devices + 1, sizeof(*node->driver));
	node->vfio = calloc(node->host.n_devices + 1, sizeof(*node->vfio));
	if (!node->driver || !node->vfio)
		return -ENOMEM;
	for (size_t i = 0; i < node->host.n_devices; i++) {
		const struct nova_device *device = &node->host.device[i];

		node->driver[i] = read_driver(root, machine, &device->address);
		if (!node->driver[i])
			return -ENOMEM;
		node->vfio[i] = is_vfio(root, device, node->driver[i]);
	}
	return 0;
}

static bool is_borne(const struct nova_node *node, size_t member)
{
	const char *driver = node->driver[member];

	return !*driver || node->vfio[member] || strcmp(driver, "pci-stub") == 0 ||
	       pci_class_is_bridge(node->host.device[member].class_code);
}

/* The member of a name as sysfs has it, if it is in the way. */
static void judge_member(const struct nova_node *node, const char *name, struct nova_group *group)
{
	const struct nova_device *member;
	struct pci_address address;

	if (pci_address_parse(name, &address) < 0)
		return;
	member = nova_host_find(&node->host, &address);
	if (member && !is_borne(node, (size_t)(member - node->host.device)))
		group->blocker = member;
}

static void read_group(const struct root *root, const struct nova_node *node, size_t i,
		       struct nova_group *group)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[PCI_PATH_MAX];
	int r = root_open_dir(
		root,
		pci_attribute_path(&node->host.device[i].address, "iommu_group/devices", path),
		&dir);

	group->none = r == -ENOENT || r == -ENOTDIR;
	while (r == 0 && !group->blocker && (entry = root_next(dir, &r)))
		judge_member(node, entry->d_name, group);
}

/* Who stands in the way of a guest in the group of a GPU that a driver of VFIO's has, whoever bound
 * it. A group is viable where each member has a driver of VFIO's, pci-stub, none, or is a bridge.
 * What can't be read is in nobody's way here: status tells of it. */
static int read_groups(const struct root *root, struct nova_node *node)
{
	node->group = calloc(node->host.n_devices + 1, sizeof(*node->group));
	if (!node->group)
		return -ENOMEM;
	for (size_t i = 0; i < node->host.n_devices; i++)
		if (node->vfio[i] && pci_class_is_gpu(node->host.device[i].class_code))
			read_group(root, node, i, &node->group[i]);
	return 0;
}

static int read_dropin(const struct root *root, const struct nova_look *look,
		       struct nova_node *node)
{
	_cleanup_free_ char *path = NULL;
	int r = look->dropin ? text_copy(look->dropin, &path) : nova_dropin_path(root, &path);

	if (r < 0)
		return r;
	if (text_format(&node->dropin, "/%s", path) < 0)
		return -ENOMEM;
	node->has_dropin = look->dropin ? look->has_dropin : root_exists(root, path);
	return 0;
}

/* [DEFAULT] host is not it: libvirt's own name of the host names the resource providers. */
static void read_name(const struct root *root, struct nova_node *node)
{
	host_name_read(root, node->name);
	if (!node->name[0])
		(void)snprintf(node->name, sizeof(node->name), "NODE");
}

static int read_release(const struct root *root, const struct nova_look *look,
			struct nova_node *node)
{
	unsigned release = look->release;
	int r = 0;

	node->guessed = look->guessed;
	if (release == 0) {
		r = nova_release_installed(root, &release);
		node->guessed = r == -ENOENT;
		if (node->guessed)
			release = NOVA_NEWEST;
	}
	node->release = release;
	return node->guessed ? 0 : r;
}

static int read_all(const struct root *root, const struct nova_look *look, struct nova_node *node)
{
	int r = effective_read(root, NULL, &node->effective);

	if (r < 0 ||
	    (look->if_configured && !node->effective.config.n && !node->effective.error.type))
		return r;
	r = nova_host_read(root, look->machine, &node->host);
	if (r == 0)
		r = read_drivers(root, look->machine, node);
	if (r == 0)
		r = read_groups(root, node);
	if (r == 0)
		r = disk_use_read(root, &node->mounted);
	if (r == 0)
		r = read_dropin(root, look, node);
	if (r == 0)
		r = read_release(root, look, node);
	read_name(root, node);
	return r;
}

int nova_node_read(const struct root *root, const struct nova_look *look, struct nova_node *ret)
{
	int r;

	*ret = (struct nova_node){0};
	r = read_all(root, look, ret);
	if (r < 0)
		nova_node_free(ret);
	return r;
}

int nova_node_read_services(const struct root *root, struct nova_node *node)
{
	const struct effective_service api = {NOVA_API, &node->effective},
				       scheduler = {NOVA_SCHEDULER, &node->effective};
	int r = effective_read_service(root, &api, NULL, &node->api);

	return r < 0 ? r : effective_read_service(root, &scheduler, NULL, &node->scheduler);
}

void nova_node_free(struct nova_node *node)
{
	for (size_t i = 0; node->driver && i < node->host.n_devices; i++)
		free(node->driver[i]);
	free(node->driver);
	free(node->vfio);
	free(node->group);
	free(node->dropin);
	text_list_free(&node->mounted);
	nova_host_free(&node->host);
	effective_free(&node->effective);
	effective_free(&node->api);
	effective_free(&node->scheduler);
	*node = (struct nova_node){0};
}

/* NULL where it is not on this node, as far as can be told. */
static const struct effective *service_of(const struct effective *service)
{
	return service->launch.source || service->launch.unread ? service : NULL;
}

struct verify_facts nova_node_facts(const struct nova_node *node,
				    const struct device_facts *devices,
				    const struct device_result *results, size_t n_devices)
{
	return (struct verify_facts){
		.release = node->release,
		.node = node->name,
		.effective = &node->effective,
		.host = &node->host,
		.devices = devices,
		.results = results,
		.n_devices = n_devices,
		.driver = (const char *const *)node->driver,
		.vfio = node->vfio,
		.group = node->group,
		.mounted = &node->mounted,
		.dropin = node->dropin,
		.has_dropin = node->has_dropin,
		.api = service_of(&node->api),
		.scheduler = service_of(&node->scheduler),
	};
}
