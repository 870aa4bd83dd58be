/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/node/device_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ctl/machine/attributes.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/root.h"

/*
 * The kernel gives these nodes to root alone (vfio_devnode() and vfio_device_devnode() set no mode:
 * 0600), and libvirt has them for QEMU, or opens them in its place: modes beyond that are a rule's
 * of udev. To read is enough for an open that gets the whole device.
 */
static int look_at_node(const struct root *root, const char *path, bool *open_to_all)
{
	_cleanup_close_ int fd = root_open_at(root, path, O_PATH);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	*open_to_all |= (st.st_mode & (S_IROTH | S_IWOTH)) != 0;
	return 0;
}

/* The kernel's name of it is in sysfs; without CONFIG_VFIO_DEVICE_CDEV it has no number. */
void device_read_cdev(const struct root *root, struct device_facts *d)
{
	char path[PCI_PATH_MAX];
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = root_open_dir(root, pci_attribute_path(&d->address, "vfio-dev", path), &dir);

	if (r < 0) {
		d->cdev_error = root_is_absent(r) ? 0 : r;
		return;
	}
	while ((entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);
		char file[192];
		bool open = false;

		snprintf(file, sizeof(file), "%s/%.16s/dev", path, entry->d_name);
		if (entry->d_name[0] == '.' || n >= sizeof(d->cdev) || !root_exists(root, file))
			continue;
		d->has_cdev = true;
		snprintf(file, sizeof(file), "dev/vfio/devices/%.16s", entry->d_name);
		r = look_at_node(root, file, &open);
		if (open)
			memcpy(d->open_cdev, entry->d_name, n + 1);
		if (r == 0)
			continue;
		memcpy(d->cdev, entry->d_name, n + 1);
		d->cdev_error = root_is_absent(r) ? 0 : r;
	}
}

void device_read_group(const struct root *root, struct device_facts *device, size_t i)
{
	struct device_facts *d = &device[i];
	char path[32];
	int r;

	d->group = place_read_group(root, &d->address);
	for (size_t k = 0; k < i; k++) {
		if (device[k].group != d->group)
			continue;
		d->node = device[k].node;
		d->node_error = device[k].node_error;
		d->node_open = device[k].node_open;
		return;
	}
	snprintf(path, sizeof(path), "dev/vfio/%d", d->group);
	r = d->group >= 0 ? look_at_node(root, path, &d->node_open) : -ENOENT;
	d->node = r == 0;
	d->node_error = root_is_absent(r) ? 0 : r;
}

static bool is_on_bus(const struct pci_address *a, const struct pci_address *b)
{
	return a->domain == b->domain && a->bus == b->bus;
}

size_t device_count_on_bus(const struct machine *machine, const struct pci_address *address)
{
	size_t n = 0;

	for (size_t i = 0; i < machine->n_functions; i++)
		n += is_on_bus(&machine->function[i].id.address, address);
	return n;
}

void device_read_bus(const struct machine *machine, const struct device_facts *device, size_t n,
		     struct device_facts *gpu)
{
	size_t own = 0;
	bool whole = true, resets = false;

	for (size_t i = 0; i < n; i++) {
		const struct device_facts *d = &device[i];
		bool counts = d->selected && is_on_bus(&d->address, &gpu->address);

		if (!d->in_unit || pci_address_compare(&d->gpu, &gpu->address) != 0)
			continue;
		whole &= counts;
		resets |= counts && (d->health.resets & RESET_OF_BUS) != 0;
		own += counts;
	}
	gpu->bus_resets = resets;
	gpu->others_on_bus = own < device_count_on_bus(machine, &gpu->address);
	gpu->whole_bus = whole && !gpu->others_on_bus;
}

/* Drivers that vfio bears in a group: they leave the device's DMA to user space, or do none
 * (driver_managed_dma in include/linux/pci.h). All VFIO drivers have it in their names. */
static bool is_harmless(const char *driver)
{
	return strstr(driver, "vfio") || strcmp(driver, "pci-stub") == 0 ||
	       strcmp(driver, "pcieport") == 0;
}

static bool is_claimable(const struct function_id *id)
{
	return pci_class_is_gpu(id->class_code) || pci_class_is_fabric(id->class_code) ||
	       pci_class_is_companion(id->class_code);
}

/* What else is in the group is named before the rest of the slot, which may be its consequence, and
 * of the slot what no line can claim before what one may. */
void device_read_blocker(const struct machine *machine, const struct function *f,
			 struct device_facts *d)
{
	const struct group *group = f->detail ? machine_group(machine, f->detail->group) : NULL;

	for (size_t k = 0; group && k < group->n_members; k++) {
		const struct function *m = &machine->function[group->member[k]];
		bool same = pci_address_same_device(&m->id.address, &f->id.address);

		/* That it has another driver itself is told as such. */
		if (m == f || !m->driver || is_harmless(m->driver) || m->detail->bridge)
			continue;
		if (same && d->blocked && (is_claimable(&m->id) || !d->blocker_is_claimable))
			continue;
		d->blocked = true;
		d->blocker = m->id.address;
		d->blocker_is_gpu =
			pci_class_is_gpu(m->id.class_code) || pci_class_is_fabric(m->id.class_code);
		d->blocker_is_claimable = is_claimable(&m->id);
		snprintf(d->blocker_driver, sizeof(d->blocker_driver), "%s", m->driver);
		if (!same)
			return;
	}
}

/* An update has taken them away: until the reboot no module can be loaded. */
void device_read_gone_modules(const struct root *root, struct device_facts *d)
{
	char release[128], path[192];

	if ((d->verdict != VERDICT_DRIVER_MISSING && (d->from_record || !d->pending)) ||
	    root_read(root, "proc/sys/kernel/osrelease", release, sizeof(release)) <= 0)
		return;
	(void)snprintf(path, sizeof(path), "lib/modules/%s", release);
	if (!root_exists(root, "lib/modules") || root_may_exist(root, path))
		return;
	d->verdict = VERDICT_DRIVER_MISSING;
	d->pending = false;
	(void)snprintf(d->why, sizeof(d->why),
		       "the modules of the kernel that runs are gone (/lib/modules/%.64s)",
		       release);
}
