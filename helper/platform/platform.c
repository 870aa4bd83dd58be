/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/platform/platform.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/platform/acpi.h"

#define DEVICETREE    "sys/firmware/devicetree/base"
#define DMI	      "sys/class/dmi/id"
#define CPUINFO_MAX   8192 /* the first processor's, with all its flags */
#define NODE_PATH_MAX 256

struct cpuinfo {
	enum processor processor;
	bool hypervisor;
};

static bool has_word(const char *line, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = line; (p = strstr(p, word)); p += n)
		if (p > line && p[-1] == ' ' && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static void read_line(const char *line, struct cpuinfo *cpuinfo)
{
	static const struct {
		const char *key, *value;
		enum processor processor;
	} rows[] = {
		{"vendor_id", "GenuineIntel", PROCESSOR_INTEL},
		{"vendor_id", "AuthenticAMD", PROCESSOR_AMD},
		{"vendor_id", "HygonGenuine", PROCESSOR_AMD},
		{"CPU implementer", "", PROCESSOR_ARM},
		{"cpu\t", ": POWER", PROCESSOR_POWER},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (text_starts_with(line, rows[i].key) && strstr(line, rows[i].value))
			cpuinfo->processor = rows[i].processor;
	if (strncmp(line, "flags", 5) == 0 && has_word(line, "hypervisor"))
		cpuinfo->hypervisor = true;
}

static struct cpuinfo cpuinfo_read(const struct root *root)
{
	struct cpuinfo cpuinfo = {PROCESSOR_UNKNOWN, false};
	char text[CPUINFO_MAX], *save = NULL;

	if (root_read(root, "proc/cpuinfo", text, sizeof(text)) < 0)
		return cpuinfo;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		read_line(line, &cpuinfo);
	return cpuinfo;
}

static bool starts_with(const struct root *root, const char *path, const char *start)
{
	char text[128];

	return root_read(root, path, text, sizeof(text)) >= 0 && text_starts_with(text, start);
}

/* Each of them tells, and none is always there: xenfs need not be mounted. */
static bool is_dom0(const struct root *root)
{
	char text[128];

	return (root_read(root, "proc/xen/capabilities", text, sizeof(text)) >= 0 &&
		strstr(text, "control_d")) ||
	       starts_with(root, "sys/hypervisor/start_flags/initdomain", "1") ||
	       starts_with(root, "sys/hypervisor/uuid", "00000000-0000-0000-0000-000000000000") ||
	       root_exists(root, ACPI_TABLES "/XMAR"); /* Xen's name for the DMAR that it took */
}

static enum hypervisor find_hypervisor(const struct root *root, bool flag)
{
	static const struct {
		const char *path;
		enum hypervisor hypervisor;
	} rows[] = {
		{"sys/class/misc/mshv", HYPERVISOR_HYPERV_ROOT},
		{"sys/module/mshv_root", HYPERVISOR_HYPERV_ROOT},
		{"sys/class/misc/acrn_hsm", HYPERVISOR_SERVICE_VM},
		{"sys/class/misc/jailhouse", HYPERVISOR_SERVICE_VM},
		{"sys/hypervisor/type", HYPERVISOR_GUEST},
		{DEVICETREE "/hypervisor", HYPERVISOR_GUEST},
	};

	if (starts_with(root, "sys/hypervisor/type", "xen"))
		return is_dom0(root) ? HYPERVISOR_XEN_DOM0 : HYPERVISOR_XEN_GUEST;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (root_exists(root, rows[i].path))
			return rows[i].hypervisor;
	if (starts_with(root, DMI "/sys_vendor", "Microsoft Corporation") &&
	    starts_with(root, DMI "/product_name", "Virtual Machine"))
		return HYPERVISOR_HYPERV_GUEST;
	return flag ? HYPERVISOR_GUEST : HYPERVISOR_NONE;
}

/* Of the nodes in @folder, and with @deeper of those in them, a PCI host bridge with an IOMMU. */
static bool find_iommu_map(const struct root *root, const char *folder, bool deeper)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	bool found = false;

	if (root_open_dir(root, folder, &dir) < 0)
		return false;
	while (!found && (entry = readdir(dir))) {
		char path[NODE_PATH_MAX], map[NODE_PATH_MAX + 16];

		if (entry->d_name[0] == '.' || entry->d_type != DT_DIR ||
		    (size_t)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >=
			    sizeof(path))
			continue;
		(void)snprintf(map, sizeof(map), "%s/iommu-map", path);
		if (strncmp(entry->d_name, "pci", 3) == 0)
			found = root_exists(root, map);
		else if (deeper)
			found = find_iommu_map(root, path, false);
	}
	return found;
}

bool platform_has_devicetree(const struct root *root)
{
	return !root_exists(root, ACPI_TABLES) &&
	       (root_exists(root, DEVICETREE) || root_exists(root, "proc/device-tree"));
}

bool platform_is_arm(const struct root *root)
{
	return cpuinfo_read(root).processor == PROCESSOR_ARM;
}

bool platform_is_guest(const struct root *root)
{
	struct cpuinfo cpuinfo = cpuinfo_read(root);
	enum hypervisor hypervisor;

	if (!cpuinfo.hypervisor &&
	    (cpuinfo.processor == PROCESSOR_INTEL || cpuinfo.processor == PROCESSOR_AMD))
		return false;
	hypervisor = find_hypervisor(root, cpuinfo.hypervisor);
	return hypervisor == HYPERVISOR_GUEST || hypervisor == HYPERVISOR_XEN_GUEST ||
	       hypervisor == HYPERVISOR_HYPERV_GUEST;
}

struct platform platform_read(const struct root *root)
{
	struct cpuinfo cpuinfo = cpuinfo_read(root);
	struct platform platform = {
		.processor = cpuinfo.processor,
		.hypervisor = find_hypervisor(root, cpuinfo.hypervisor),
		.devicetree = platform_has_devicetree(root),
	};

	if (platform.devicetree)
		platform.iommu_map = find_iommu_map(root, DEVICETREE, true);
	return platform;
}
