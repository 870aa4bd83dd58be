/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/groups.h"

#include <string.h>

#include "helper/base/pci_attribute.h"

static bool is_borne(const struct verify_facts *facts, size_t member)
{
	const char *driver = facts->driver[member];

	return !*driver || facts->vfio[member] || strcmp(driver, "pci-stub") == 0 ||
	       pci_class_is_bridge(facts->host->device[member].class_code);
}

/* The member of a name as sysfs has it, if it is in the way. */
static void judge_member(const struct verify_facts *facts, const char *name,
			 struct nova_group *group)
{
	const struct nova_device *member;
	struct pci_address address;

	if (pci_address_parse(name, &address) < 0)
		return;
	member = nova_host_find(facts->host, &address);
	if (member && !is_borne(facts, (size_t)(member - facts->host->device)))
		group->blocker = member;
}

static void read_group(const struct root *root, const struct verify_facts *facts, size_t i,
		       struct nova_group *group)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[PCI_PATH_MAX];
	int r = root_open_dir(
		root,
		pci_attribute_path(&facts->host->device[i].address, "iommu_group/devices", path),
		&dir);

	group->none = r == -ENOENT || r == -ENOTDIR;
	while (r == 0 && !group->blocker && (entry = root_next(dir, &r)))
		judge_member(facts, entry->d_name, group);
}

int nova_groups_read(const struct root *root, const struct verify_facts *facts,
		     struct nova_group **ret)
{
	struct nova_group *group = calloc(facts->host->n_devices + 1, sizeof(*group));

	if (!group)
		return -ENOMEM;
	for (size_t i = 0; i < facts->host->n_devices; i++)
		if (facts->vfio[i] && pci_class_is_gpu(facts->host->device[i].class_code))
			read_group(root, facts, i, &group[i]);
	*ret = group;
	return 0;
}
