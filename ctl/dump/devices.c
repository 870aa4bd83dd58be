/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/dump/devices.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

#include "ctl/machine/attributes.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/text.h"

#define GROUPS "sys/kernel/iommu_groups"

/* PCI Local Bus Specification 3.0, 6.1 and 6.7; PCI Express Base Specification 7.5.3. */
enum {
	CONFIG_SIZE = 256,
	CONFIG_HEADER = 64,   /* what others than root may read */
	CONFIG_IDENTITY = 16, /* up to the header type */
	CONFIG_HEADER_TYPE = 0x0e,
	CONFIG_CAPABILITIES = 0x34,
	CAPABILITY_PCIE = 0x10,
};

struct device {
	struct dump *dump;
	const struct function_id *id;
	char path[PCI_PATH_MAX];
};

static const char *attribute(const struct device *device, const char *name,
			     char buf[static PCI_PATH_MAX])
{
	return pci_attribute_path(&device->id->address, name, buf);
}

static void copy(const struct device *device, const char *name)
{
	char path[PCI_PATH_MAX];

	dump_copy(device->dump, attribute(device, name, path));
}

static void copy_link(const struct device *device, const char *name)
{
	char path[PCI_PATH_MAX];

	dump_copy_link(device->dump, attribute(device, name, path));
}

/* "../../../devices/pci0000:00/0000:00:01.0": the folder is made before the link to it. */
static void write_place(const struct device *device)
{
	char target[512], folder[520];
	const char *rest = target;

	if (root_link_target(device->dump->root, device->path, target, sizeof(target)) < 0) {
		dump_folder(device->dump, device->path);
		return;
	}
	while (strncmp(rest, "../", 3) == 0)
		rest += 3;
	snprintf(folder, sizeof(folder), "sys/%s", rest);
	dump_folder(device->dump, folder);
	dump_link(device->dump, device->path, target);
}

/* Of the capabilities what they are, and a port's type; no registers, which may hold anything. */
static void keep_capabilities(const unsigned char *config, unsigned char *kept)
{
	unsigned at = config[CONFIG_CAPABILITIES] & 0xfcu;

	memcpy(kept, config, CONFIG_HEADER);
	for (unsigned steps = 0; at >= CONFIG_HEADER && at < CONFIG_SIZE - 4 && steps < 48;
	     steps++) {
		kept[at] = config[at];
		kept[at + 1] = config[at + 1];
		if (config[at] == CAPABILITY_PCIE)
			memcpy(kept + at + 2, config + at + 2, 2);
		at = config[at + 1] & 0xfcu;
	}
}

static void write_config(const struct device *device)
{
	unsigned char config[CONFIG_SIZE], kept[CONFIG_SIZE] = {0};
	_cleanup_close_ int fd = -EBADF;
	char path[PCI_PATH_MAX];
	size_t size;
	ssize_t n;

	attribute(device, "config", path);
	fd = root_open_at(device->dump->root, path, O_RDONLY);
	if (fd < 0)
		return;
	n = read(fd, config, sizeof(config));
	if (n < CONFIG_IDENTITY)
		return;
	size = (size_t)n;
	if (size < CONFIG_SIZE) {
		memcpy(kept, config, size);
	} else {
		keep_capabilities(config, kept);
		if ((config[CONFIG_HEADER_TYPE] & 0x7f) == 0)
			size = CONFIG_HEADER; /* with the BARs; only of bridges more is ever asked
					       */
	}
	dump_file(device->dump, path, (const char *)kept, size);
}

/* The character device that vfio made for it, for guests that use iommufd. */
static void copy_cdev(const struct device *device)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	char path[PCI_PATH_MAX];

	/* Without memory the rest of the dump fails as well. */
	if (dump_list(device->dump, attribute(device, "vfio-dev", path), "", &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++) {
		char name[48];

		(void)snprintf(name, sizeof(name), "vfio-dev/%.16s/dev", names.text[i]);
		copy(device, name);
	}
}

/* The base address registers; what follows them nobody asks for. */
static void write_bars(const struct device *device)
{
	char path[PCI_PATH_MAX], text[ROOT_ATTRIBUTE_MAX];
	size_t size = 0;

	attribute(device, "resource", path);
	if (root_read(device->dump->root, path, text, sizeof(text)) < 0)
		return;
	for (unsigned i = 0; i < ATTRIBUTE_BARS && text[size]; i++) {
		size += strcspn(text + size, "\n");
		size += text[size] == '\n';
	}
	if (size && text[size - 1] != '\n' && size + 1 < sizeof(text))
		text[size++] = '\n'; /* root_read() takes the last one away */
	dump_file(device->dump, path, text, size);
}

/* Does a root hub sleep, and may it (see usb_is_settled())? Which ports are used, "4-1", not by
 * what. */
static int write_hub(struct dump *dump, const char *hub)
{
	static const char *const names[] = {"runtime_status", "control", "autosuspend_delay_ms"};
	struct text_list below _cleanup_(text_list_free) = {0};
	char path[512];
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%.400s/power/%s", hub, names[i]);
		dump_copy(dump, path);
	}
	r = dump_list(dump, hub, "", &below);
	for (size_t i = 0; i < below.n; i++) {
		snprintf(path, sizeof(path), "%.400s/%.100s", hub, below.text[i]);
		if (isdigit((unsigned char)*below.text[i]))
			dump_folder(dump, path);
	}
	return r;
}

/* What hangs on it: see hold_find(). */
static int write_users(const struct device *device)
{
	static const struct {
		const char *folder, *start;
	} places[] = {{"", "usb"}, {"/sound", "card"}, {"/graphics", "fb"}};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(places) && r == 0; i++) {
		struct text_list names _cleanup_(text_list_free) = {0};
		char folder[PCI_PATH_MAX + 16], path[512];

		snprintf(folder, sizeof(folder), "%s%s", device->path, places[i].folder);
		r = dump_list(device->dump, folder, "", &names);
		for (size_t k = 0; k < names.n && r == 0; k++) {
			bool starts = text_starts_with(names.text[k], places[i].start);
			bool mediated = !places[i].folder[0] && text_is_uuid(names.text[k]);

			if (!starts && !mediated)
				continue;
			snprintf(path, sizeof(path), "%s/%.255s", folder, names.text[k]);
			dump_folder(device->dump, path);
			if (!places[i].folder[0] && starts)
				r = write_hub(device->dump, path);
		}
	}
	return r;
}

/* May its power be cut, or that of what is below it (see may_lose_power())? */
static void write_power(const struct device *device)
{
	char path[PCI_PATH_MAX];

	copy(device, "d3cold_allowed");
	if (root_exists(device->dump->root,
			attribute(device, "firmware_node/power_resources_D3hot", path)))
		dump_folder(device->dump, path);
}

/* What a GPU's links are held against (see judge_lanes()). */
static void write_port(const struct device *device)
{
	copy(device, "current_link_width");
	copy(device, "max_link_width");
	copy(device, "max_link_speed");
}

static bool matters(const struct function_id *id)
{
	return pci_class_is_gpu(id->class_code) || pci_class_is_companion(id->class_code) ||
	       pci_class_is_fabric(id->class_code);
}

static int write_device(struct dump *dump, const struct function *f)
{
	static const char *const of_all[] = {"modalias", "class",	    "vendor",
					     "device",	 "driver_override", "numa_node"};
	static const char *const of_gpus[] = {
		"boot_vga",	    "reset_method",	  "sriov_totalvfs",
		"sriov_numvfs",	    "current_link_speed", "current_link_width",
		"max_link_speed",   "max_link_width",	  "power/runtime_status",
		"power_state",	    "resource0_resize",	  "resource1_resize",
		"resource2_resize", "resource3_resize",	  "resource4_resize",
		"resource5_resize",
	};
	struct device device = {.dump = dump, .id = &f->id};

	pci_attribute_path(&f->id.address, "", device.path);
	write_place(&device);
	for (size_t i = 0; i < ARRAY_SIZE(of_all); i++)
		copy(&device, of_all[i]);
	for (size_t i = 0; i < ARRAY_SIZE(of_gpus) && matters(&f->id); i++)
		copy(&device, of_gpus[i]);
	if (matters(&f->id)) {
		char path[PCI_PATH_MAX];

		/* Before Linux 5.15 it alone tells that there is a reset; nobody may read it. */
		dump_copy_existence(dump, attribute(&device, "reset", path));
		write_bars(&device);
	}
	if (pci_class_is_bridge(f->id.class_code))
		write_port(&device);
	if (matters(&f->id) || pci_class_is_bridge(f->id.class_code))
		write_power(&device);
	write_config(&device);
	copy_link(&device, "driver");
	copy_link(&device, "iommu_group");
	copy_link(&device, "physfn");
	copy_cdev(&device);
	return matters(&f->id) ? write_users(&device) : 0;
}

static int write_groups(struct dump *dump)
{
	struct text_list groups _cleanup_(text_list_free) = {0};
	int r = dump_list(dump, GROUPS, "", &groups);

	for (size_t i = 0; i < groups.n && r == 0; i++) {
		static const char *const attributes[] = {"type", "name", "reserved_regions"};
		struct text_list members _cleanup_(text_list_free) = {0};
		char path[512], folder[320];

		for (size_t k = 0; k < ARRAY_SIZE(attributes); k++) {
			snprintf(path, sizeof(path), GROUPS "/%s/%s", groups.text[i],
				 attributes[k]);
			dump_copy(dump, path);
		}
		snprintf(folder, sizeof(folder), GROUPS "/%s/devices", groups.text[i]);
		dump_folder(dump, folder);
		r = dump_list(dump, folder, "", &members);
		for (size_t k = 0; k < members.n; k++) {
			struct pci_address address;

			/* Others may be called by what is on them. */
			if (pci_address_parse(members.text[k], &address) < 0)
				continue;
			snprintf(path, sizeof(path), "%s/%.40s", folder, members.text[k]);
			dump_copy_link(dump, path);
		}
	}
	return r;
}

static bool is_bound(const struct dump *dump, const char *driver)
{
	for (size_t i = 0; i < dump->machine.n_functions; i++)
		if (dump->machine.function[i].driver &&
		    strcmp(dump->machine.function[i].driver, driver) == 0)
			return true;
	return false;
}

/* A driver, with the files that a run would store to, and its module. */
static void write_driver(struct dump *dump, const char *name)
{
	static const char *const stores[] = {"bind", "unbind", "new_id", "remove_id"};
	char path[400], module[MODULE_NAME_MAX], target[320];

	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", name);
	dump_folder(dump, path);
	for (size_t i = 0; i < ARRAY_SIZE(stores); i++) {
		snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", name, stores[i]);
		dump_file(dump, path, "", 0);
	}
	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/module", name);
	if (root_link_name(dump->root, path, module, sizeof(module)) < 0)
		return;
	dump_copy_link(dump, path);
	snprintf(path, sizeof(path), "sys/module/%s/drivers/pci:%s", module, name);
	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", name);
	dump_link(dump, path, target);
}

static int write_drivers(struct dump *dump)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = dump_list(dump, "sys/bus/pci/drivers", "", &names);

	for (size_t i = 0; i < names.n; i++)
		if (is_bound(dump, names.text[i]) || strstr(names.text[i], "vfio"))
			write_driver(dump, names.text[i]);
	return r;
}

/* What ACPI calls the root buses: path= may name them so. */
static int write_roots(struct dump *dump)
{
	struct text_list names _cleanup_(text_list_free) = {0};
	int r = dump_list(dump, "sys/devices", "", &names);

	for (size_t i = 0; i < names.n; i++) {
		char path[320];

		if (strncmp(names.text[i], "pci", 3) != 0)
			continue;
		snprintf(path, sizeof(path), "sys/devices/%.255s/firmware_node/path",
			 names.text[i]);
		dump_copy(dump, path);
	}
	return r;
}

int dump_devices(struct dump *dump)
{
	int r = write_roots(dump);

	for (size_t i = 0; i < dump->machine.n_functions && r == 0; i++)
		r = write_device(dump, &dump->machine.function[i]);
	if (r == 0)
		r = write_groups(dump);
	return r == 0 ? write_drivers(dump) : r;
}
