/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/iommu.h"

#include <stdio.h>
#include <string.h>

static enum iommu_kind kind_of(const char *name)
{
	static const struct {
		const char *prefix;
		enum iommu_kind kind;
	} prefixes[] = {
		{"dmar", IOMMU_INTEL},
		{"ivhd", IOMMU_AMD},
		{"smmu", IOMMU_ARM_SMMU},
		{"virtio", IOMMU_VIRTIO},
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
			return prefixes[i].kind;
	return IOMMU_OTHER;
}

/* The kind that the firmware's tables tell of. IORT comes last: Arm firmware has it
 * also without an SMMU, and then "off in the kernel" is the better of two guesses. */
static enum iommu_kind firmware_kind(const struct root *root)
{
	static const struct {
		const char *table;
		enum iommu_kind kind;
	} tables[] = {
		{"sys/firmware/acpi/tables/DMAR", IOMMU_INTEL},
		{"sys/firmware/acpi/tables/IVRS", IOMMU_AMD},
		{"sys/firmware/acpi/tables/VIOT", IOMMU_VIRTIO},
		{"sys/firmware/acpi/tables/IORT", IOMMU_ARM_SMMU},
	};

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		if (root_exists(root, tables[i].table))
			return tables[i].kind;
	return IOMMU_NONE;
}

int iommu_look(const struct root *root, struct iommu *ret)
{
	struct iommu iommu = {.state = IOMMU_OFF_FIRMWARE, .kind = IOMMU_NONE};
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r;

	r = root_open_dir(root, IOMMU_CLASS, &dir);
	while (r == 0 && (entry = root_next(dir, &r))) {
		if (entry->d_name[0] == '.')
			continue;
		*ret = (struct iommu){.state = IOMMU_ACTIVE, .kind = kind_of(entry->d_name)};
		return 0;
	}
	if (r < 0 && !root_is_absent(r)) {
		*ret = (struct iommu){.state = IOMMU_ACTIVE, .kind = IOMMU_OTHER};
		return r;
	}

	iommu.kind = firmware_kind(root);
	if (iommu.kind != IOMMU_NONE)
		iommu.state = IOMMU_OFF_KERNEL;
	*ret = iommu;
	return 0;
}

struct iommu iommu_read(const struct root *root)
{
	struct iommu iommu;

	(void)!iommu_look(root, &iommu); /* it says what is known */
	return iommu;
}

bool iommu_interrupt_remapping(const struct root *root, const struct iommu *iommu)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	if (iommu->state != IOMMU_ACTIVE)
		return false;
	if (iommu->kind == IOMMU_ARM_SMMU)
		return true;
	if (root_open_dir(root, "sys/kernel/irq", &dir) < 0)
		return false;

	while ((entry = readdir(dir))) {
		char path[300], name[64];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "sys/kernel/irq/%s/chip_name", entry->d_name);
		if (root_read(root, path, name, sizeof(name)) >= 3 && strncmp(name, "IR-", 3) == 0)
			return true;
	}
	return false;
}

const char *iommu_kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_NONE] = "none",	       [IOMMU_INTEL] = "intel",	  [IOMMU_AMD] = "amd",
		[IOMMU_ARM_SMMU] = "arm-smmu", [IOMMU_VIRTIO] = "virtio", [IOMMU_OTHER] = "other",
	};

	return names[kind];
}
