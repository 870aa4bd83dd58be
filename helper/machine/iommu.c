/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/iommu.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

static enum iommu_kind kind_of(const char *name)
{
	static const struct {
		const char *prefix;
		enum iommu_kind kind;
	} prefixes[] = {
		{"dmar", IOMMU_INTEL},	  {"ivhd", IOMMU_AMD},	      {"smmu", IOMMU_ARM_SMMU},
		{"virtio", IOMMU_VIRTIO}, {"iommu-phb", IOMMU_POWER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0)
			return prefixes[i].kind;
	return IOMMU_OTHER;
}

/* Return: an enum acpi_units, or a negative errno: -ENOENT, or it can't be read. */
static int look_into_table(const struct root *root, enum acpi_table table, char *path)
{
	_cleanup_free_ char *bytes = NULL;
	size_t size;
	int r;

	(void)snprintf(path, IOMMU_PATH_MAX, ACPI_TABLES "/%s", acpi_table_name(table));
	r = root_read_file(root, path, ACPI_TABLE_MAX, &bytes, &size);
	return r < 0 ? r : (int)acpi_find_unit(table, (const uint8_t *)bytes, size);
}

/*
 * What the firmware's tables tell. One that is broken counts: the kernel's log tells more. One
 * that can't be read counts as well, unless another one is clear.
 */
static int look_into_tables(const struct root *root, struct iommu *iommu)
{
	static const struct {
		enum acpi_table table;
		enum iommu_kind kind;
	} rows[] = {
		{ACPI_DMAR, IOMMU_INTEL},
		{ACPI_IVRS, IOMMU_AMD},
		{ACPI_VIOT, IOMMU_VIRTIO},
		{ACPI_IORT, IOMMU_ARM_SMMU},
	};
	int failure = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[IOMMU_PATH_MAX];
		int r = look_into_table(root, rows[i].table, path);

		if (root_is_absent(r))
			continue;
		if (r == ACPI_NO_UNIT) {
			iommu->empty = (int)rows[i].table;
			continue;
		}
		iommu->state = IOMMU_OFF_KERNEL;
		iommu->kind = rows[i].kind;
		(void)snprintf(iommu->unread, sizeof(iommu->unread), "%s", r < 0 ? path : "");
		failure = r < 0 ? r : 0;
		if (r >= 0)
			break;
	}
	return failure;
}

static int look_below(const struct root *root, struct iommu *iommu)
{
	iommu->platform = platform_read(root);
	if (platform_owns_iommu(&iommu->platform))
		return 0;
	if (iommu->platform.iommu_map) {
		iommu->state = IOMMU_OFF_KERNEL;
		iommu->kind = IOMMU_OTHER;
	}
	return look_into_tables(root, iommu);
}

int iommu_look(const struct root *root, struct iommu *ret)
{
	struct iommu iommu = {.state = IOMMU_OFF_FIRMWARE, .kind = IOMMU_NONE, .empty = -1};
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r;

	r = root_open_dir(root, IOMMU_CLASS, &dir);
	while (r == 0 && (entry = root_next(dir, &r))) {
		if (entry->d_name[0] == '.')
			continue;
		iommu.state = IOMMU_ACTIVE;
		iommu.kind = kind_of(entry->d_name);
		break;
	}
	if (r < 0 && !root_is_absent(r)) {
		iommu.state = IOMMU_ACTIVE;
		iommu.kind = IOMMU_OTHER;
		(void)snprintf(iommu.unread, sizeof(iommu.unread), IOMMU_CLASS);
	} else {
		r = iommu.state == IOMMU_ACTIVE ? 0 : look_below(root, &iommu);
	}
	*ret = iommu;
	return r;
}

/* Returns 1 where an interrupt's chip remaps, 0, or a negative errno. */
static int look_at_irq(const struct root *root, const char *irq)
{
	char path[300], name[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), IRQ_FOLDER "/%s/chip_name", irq);
	n = root_read(root, path, name, sizeof(name));
	if (n < 0)
		return root_is_absent((int)n) ? 0 : (int)n;
	return text_starts_with(name, "IR-") || text_starts_with(name, "ITS-");
}

int iommu_interrupt_remapping(const struct root *root, const struct iommu *iommu, bool *ret)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r, error = 0;

	/* On Arm and POWER the interrupt controllers themselves tell the devices apart. */
	*ret = iommu->state == IOMMU_ACTIVE &&
	       (iommu->kind == IOMMU_ARM_SMMU || iommu->kind == IOMMU_POWER);
	if (*ret || iommu->state != IOMMU_ACTIVE)
		return 0;

	r = root_open_dir(root, IRQ_FOLDER, &dir);
	while (r == 0 && (entry = root_next(dir, &r))) {
		int found = entry->d_name[0] == '.' ? 0 : look_at_irq(root, entry->d_name);

		*ret = found > 0;
		if (*ret)
			return 0;
		error = found < 0 ? found : error;
	}
	return r < 0 && !root_is_absent(r) ? r : error;
}

const char *iommu_map_module(const struct iommu *iommu)
{
	return iommu->kind == IOMMU_POWER || iommu->platform.processor == PROCESSOR_POWER
		       ? "vfio_iommu_spapr_tce"
		       : "vfio_iommu_type1";
}

const char *iommu_region_name(enum iommu_kind kind)
{
	switch (kind) {
	case IOMMU_INTEL:
		return "RMRR";
	case IOMMU_AMD:
		return "IVMD";
	case IOMMU_ARM_SMMU:
		return "RMR";
	default:
		return "a reserved region";
	}
}

const char *iommu_kind_name(enum iommu_kind kind)
{
	static const char *const names[] = {
		[IOMMU_NONE] = "none",	       [IOMMU_INTEL] = "intel",	  [IOMMU_AMD] = "amd",
		[IOMMU_ARM_SMMU] = "arm-smmu", [IOMMU_VIRTIO] = "virtio", [IOMMU_POWER] = "power",
		[IOMMU_OTHER] = "other",
	};

	return names[kind];
}

bool iommu_has_direct_region(char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *type = strrchr(line, ' ');

		if (type && strcmp(type + 1, "direct") == 0)
			return true;
	}
	return false;
}
