/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/vfio_files.h"

#include <stdio.h>
#include <string.h>

#include "ctl/machine/attributes.h"
#include "helper/base/pci_attribute.h"
#include "helper/base/root.h"

/* The kernel's name of it is in sysfs; without CONFIG_VFIO_DEVICE_CDEV it has no number. */
void vfio_files_read_cdev(const struct root *root, struct device_facts *d)
{
	char path[PCI_PATH_MAX];
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (root_open_dir(root, pci_attribute_path(&d->address, "vfio-dev", path), &dir) < 0)
		return;
	while ((entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);
		char file[192];

		snprintf(file, sizeof(file), "%s/%.16s/dev", path, entry->d_name);
		if (entry->d_name[0] == '.' || n >= sizeof(d->cdev) || !root_exists(root, file))
			continue;
		d->has_cdev = true;
		snprintf(file, sizeof(file), "dev/vfio/devices/%.16s", entry->d_name);
		if (root_is_absent(root_look(root, file)))
			memcpy(d->cdev, entry->d_name, n + 1);
	}
}

void vfio_files_read_group(const struct root *root, struct device_facts *device, size_t i)
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
		return;
	}
	snprintf(path, sizeof(path), "dev/vfio/%d", d->group);
	r = d->group >= 0 ? root_look(root, path) : -ENOENT;
	d->node = r == 0;
	d->node_error = root_is_absent(r) ? 0 : r;
}
