/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/iommu.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define TABLE	  "sys/firmware/acpi/tables/"
#define FILES_MAX 3

static const struct {
	const char *name;
	const char *unit;	      /* in /sys/class/iommu, or NULL */
	const char *files[FILES_MAX]; /* that are there */
	const char *chip;	      /* of an interrupt */
	enum iommu_state state;
	const char *kind;
	bool remapping;
} rows[] = {
	{"nothing", NULL, {NULL}, NULL, IOMMU_OFF_FIRMWARE, "none", false},
	{"nothing, in an x2apic guest",
	 NULL,
	 {NULL},
	 "IR-IO-APIC",
	 IOMMU_OFF_FIRMWARE,
	 "none",
	 false},
	{"Intel", "dmar0", {TABLE "DMAR"}, "IR-PCI-MSI", IOMMU_ACTIVE, "intel", true},
	{"Intel, second unit only",
	 "dmar1",
	 {TABLE "DMAR"},
	 "IR-PCI-MSI-0000:01:00.0",
	 IOMMU_ACTIVE,
	 "intel",
	 true},
	{"Intel, intremap=off", "dmar0", {TABLE "DMAR"}, "PCI-MSI", IOMMU_ACTIVE, "intel", false},
	{"Intel, no interrupts shown", "dmar0", {TABLE "DMAR"}, NULL, IOMMU_ACTIVE, "intel", false},
	{"Intel, off in the kernel",
	 NULL,
	 {TABLE "DMAR"},
	 "PCI-MSI",
	 IOMMU_OFF_KERNEL,
	 "intel",
	 false},
	{"AMD", "ivhd0", {TABLE "IVRS"}, "IR-PCI-MSI", IOMMU_ACTIVE, "amd", true},
	{"AMD, off in the kernel", NULL, {TABLE "IVRS"}, NULL, IOMMU_OFF_KERNEL, "amd", false},
	{"Arm",
	 "smmu3.0x0000000050000000",
	 {TABLE "IORT"},
	 "ITS-MSI",
	 IOMMU_ACTIVE,
	 "arm-smmu",
	 true},
	{"Arm, off in the kernel", NULL, {TABLE "IORT"}, NULL, IOMMU_OFF_KERNEL, "arm-smmu", false},
	{"virtio", "virtio0", {TABLE "VIOT"}, "PCI-MSI", IOMMU_ACTIVE, "virtio", false},
	{"virtio, not loaded yet", NULL, {TABLE "VIOT"}, NULL, IOMMU_OFF_KERNEL, "virtio", false},
	{"virtio on Arm, not loaded yet",
	 NULL,
	 {TABLE "IORT", TABLE "VIOT"},
	 NULL,
	 IOMMU_OFF_KERNEL,
	 "virtio",
	 false},
	{"one that is new", "rkiommu0", {NULL}, NULL, IOMMU_ACTIVE, "other", false},
	{"other tables",
	 NULL,
	 {TABLE "FACP", TABLE "MCFG"},
	 NULL,
	 IOMMU_OFF_FIRMWARE,
	 "none",
	 false},
	{"a wish on the command line",
	 NULL,
	 {"proc/cmdline"},
	 NULL,
	 IOMMU_OFF_FIRMWARE,
	 "none",
	 false},
};

static void test_row(size_t i)
{
	struct iommu iommu;
	struct tree tree;
	char path[80];

	tree_make(&tree);
	tree_dir(&tree, "sys/class/iommu");
	if (rows[i].unit) {
		(void)snprintf(path, sizeof(path), "sys/class/iommu/%s", rows[i].unit);
		tree_link(&tree, path, "../../devices/virtual/iommu/unit");
	}
	for (size_t k = 0; k < FILES_MAX && rows[i].files[k]; k++)
		tree_file(&tree, rows[i].files[k], "intel_iommu=on iommu=pt\n");
	if (rows[i].chip) {
		tree_file(&tree, "sys/kernel/irq/1/chip_name", "IO-APIC\n");
		tree_file(&tree, "sys/kernel/irq/24/chip_name", rows[i].chip);
		tree_dir(&tree, "sys/kernel/irq/25");
	}

	iommu = iommu_read(&tree.root);
	(void)test_int(rows[i].name, iommu.state, rows[i].state);
	(void)test_text(rows[i].name, iommu_kind_name(iommu.kind), rows[i].kind);
	(void)test_int(rows[i].name, iommu_interrupt_remapping(&tree.root, &iommu),
		       rows[i].remapping);
	tree_remove(&tree);
}

static void test_no_sysfs(void)
{
	struct iommu iommu;
	struct tree tree;

	tree_make(&tree);
	iommu = iommu_read(&tree.root);
	(void)test_int("no sysfs at all", iommu.state, IOMMU_OFF_FIRMWARE);
	tree_remove(&tree);
}

int main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	test_no_sysfs();
	return test_done();
}
