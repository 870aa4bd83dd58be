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
	{"AMD, a name that has no more than the beginning",
	 "ivhd0",
	 {TABLE "IVRS"},
	 "IR-",
	 IOMMU_ACTIVE,
	 "amd",
	 true},
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
	{"virtio on Arm",
	 "virtio0",
	 {TABLE "VIOT"},
	 "ITS-PCI-MSI-0000:00:02.0",
	 IOMMU_ACTIVE,
	 "virtio",
	 true},
	{"virtio on Arm, an older kernel",
	 "virtio0",
	 {TABLE "VIOT"},
	 "ITS-MSI",
	 IOMMU_ACTIVE,
	 "virtio",
	 true},
	{"virtio on Arm without an ITS",
	 "virtio0",
	 {TABLE "VIOT"},
	 "GICv2m-PCI-MSI-0000:00:02.0",
	 IOMMU_ACTIVE,
	 "virtio",
	 false},
	{"virtio, not loaded yet", NULL, {TABLE "VIOT"}, NULL, IOMMU_OFF_KERNEL, "virtio", false},
	{"virtio on Arm, not loaded yet",
	 NULL,
	 {TABLE "IORT", TABLE "VIOT"},
	 NULL,
	 IOMMU_OFF_KERNEL,
	 "virtio",
	 false},
	{"POWER", "iommu-phb0000", {NULL}, "XIVE-IRQ", IOMMU_ACTIVE, "power", true},
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
	bool remapping;

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

	(void)!iommu_look(&tree.root, &iommu); /* it says what is known */
	(void)test_int(rows[i].name, iommu.state, rows[i].state);
	(void)test_text(rows[i].name, iommu_kind_name(iommu.kind), rows[i].kind);
	(void)test_text(rows[i].name, iommu.unread, "");
	(void)test_int(rows[i].name, iommu_interrupt_remapping(&tree.root, &iommu, &remapping), 0);
	(void)test_int(rows[i].name, remapping, rows[i].remapping);
	tree_remove(&tree);
}

/* A loop of links can't be read, and is not absent. */
static void test_unread_interrupts(void)
{
	const struct iommu iommu = {.state = IOMMU_ACTIVE, .kind = IOMMU_INTEL};
	bool remapping = true;
	struct tree tree;

	tree_make(&tree);
	tree_link(&tree, "sys/kernel/irq/24/chip_name", "chip_name");
	test_int("a chip", iommu_interrupt_remapping(&tree.root, &iommu, &remapping), -ELOOP);
	test_int("a chip", remapping, false);
	tree_file(&tree, "sys/kernel/irq/25/chip_name", "IR-PCI-MSI\n");
	test_int("another", iommu_interrupt_remapping(&tree.root, &iommu, &remapping), 0);
	test_int("another", remapping, true);
	tree_remove(&tree);

	tree_make(&tree);
	tree_link(&tree, "sys/kernel/irq", "irq");
	test_int("all", iommu_interrupt_remapping(&tree.root, &iommu, &remapping), -ELOOP);
	tree_remove(&tree);
}

/* What the kernel runs on, of files with a value each: "PATH=VALUE", or "PATH/" for a folder. */
static const struct {
	const char *name;
	const char *files[4];
	enum iommu_state state;
	enum hypervisor hypervisor;
	enum processor processor;
	bool devicetree;
} platforms[] = {
	{.name = "a Xen dom0, told by xenfs",
	 .files = {"sys/hypervisor/type=xen", "proc/xen/capabilities=control_d"},
	 .hypervisor = HYPERVISOR_XEN_DOM0},
	{.name = "a Xen dom0 that sees the DMAR",
	 .files = {"sys/hypervisor/type=xen", "sys/hypervisor/start_flags/initdomain=1",
		   TABLE "DMAR=DMAR"},
	 .hypervisor = HYPERVISOR_XEN_DOM0},
	{.name = "a Xen dom0, told by its UUID",
	 .files = {"sys/hypervisor/type=xen",
		   "sys/hypervisor/uuid=00000000-0000-0000-0000-000000000000"},
	 .hypervisor = HYPERVISOR_XEN_DOM0},
	{.name = "a Xen dom0, told by the table that Xen took",
	 .files = {"sys/hypervisor/type=xen", TABLE "XMAR=XMAR"},
	 .hypervisor = HYPERVISOR_XEN_DOM0},
	{.name = "a guest of Xen",
	 .files = {"sys/hypervisor/type=xen", "proc/xen/capabilities=",
		   "sys/hypervisor/uuid=5f0bd1b5-6d35-4c2f-9a5a-0c6f0f4f7d11"},
	 .hypervisor = HYPERVISOR_XEN_GUEST},
	{.name = "Hyper-V's root partition",
	 .files = {"proc/cpuinfo=vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor lahf_lm\n",
		   "sys/class/misc/mshv/", TABLE "DMAR=DMAR"},
	 .hypervisor = HYPERVISOR_HYPERV_ROOT,
	 .processor = PROCESSOR_INTEL},
	{.name = "ACRN's service VM",
	 .files = {"sys/class/misc/acrn_hsm/"},
	 .hypervisor = HYPERVISOR_SERVICE_VM},
	{.name = "a guest of Hyper-V",
	 .files = {"proc/cpuinfo=vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisor lahf_lm\n",
		   "sys/class/dmi/id/sys_vendor=Microsoft Corporation",
		   "sys/class/dmi/id/product_name=Virtual Machine"},
	 .hypervisor = HYPERVISOR_HYPERV_GUEST,
	 .processor = PROCESSOR_INTEL},
	{.name = "a Surface",
	 .files = {"proc/cpuinfo=vendor_id\t: GenuineIntel\nflags\t\t: fpu lahf_lm\n",
		   "sys/class/dmi/id/sys_vendor=Microsoft Corporation",
		   "sys/class/dmi/id/product_name=Surface Laptop Studio"},
	 .processor = PROCESSOR_INTEL},
	{.name = "a guest, told by CPUID",
	 .files = {"proc/cpuinfo=vendor_id\t: AuthenticAMD\nflags\t\t: fpu hypervisor\n"},
	 .hypervisor = HYPERVISOR_GUEST,
	 .processor = PROCESSOR_AMD},
	{.name = "a guest with an IOMMU that its kernel leaves alone",
	 .files = {"proc/cpuinfo=flags\t\t: hypervisor\n", TABLE "DMAR=DMAR"},
	 .state = IOMMU_OFF_KERNEL,
	 .hypervisor = HYPERVISOR_GUEST},
	{.name = "no hypervisor, a word that has its name in it",
	 .files = {"proc/cpuinfo=vendor_id\t: GenuineIntel\nflags\t\t: fpu hypervisors\n"},
	 .processor = PROCESSOR_INTEL},
	{.name = "Arm with a devicetree",
	 .files = {"sys/firmware/devicetree/base/pcie@1000/",
		   "proc/cpuinfo=CPU implementer\t: 0x41\n"},
	 .processor = PROCESSOR_ARM,
	 .devicetree = true},
	{.name = "Arm with a devicetree, and an IOMMU for the PCI bus in it",
	 .files = {"sys/firmware/devicetree/base/soc/pcie@1000/iommu-map=x"},
	 .state = IOMMU_OFF_KERNEL,
	 .devicetree = true},
	{.name = "Arm with a devicetree, and an IOMMU for others",
	 .files = {"sys/firmware/devicetree/base/soc/gpu@1000/iommu-map=x"},
	 .devicetree = true},
	{.name = "a POWER9",
	 .files = {"sys/firmware/devicetree/base/pciex@600c3c0000000/",
		   "proc/cpuinfo=processor\t: 0\ncpu\t\t: POWER9, altivec supported\n"},
	 .processor = PROCESSOR_POWER,
	 .devicetree = true},
	{.name = "Arm with ACPI, whose boot loader speaks by devicetree",
	 .files = {"sys/firmware/devicetree/base/chosen/", TABLE "GTDT=GTDT"}},
};

static void make_file(struct tree *tree, const char *file)
{
	const char *value = strchr(file, '=');
	char path[96];

	(void)snprintf(path, sizeof(path), "%.*s",
		       value ? (int)(value - file) : (int)strlen(file) - 1, file);
	if (value)
		tree_file(tree, path, value + 1);
	else
		tree_dir(tree, path);
}

static void test_platform(size_t i)
{
	struct iommu iommu;
	struct tree tree;

	tree_make(&tree);
	for (size_t k = 0; k < ARRAY_SIZE(platforms[i].files) && platforms[i].files[k]; k++)
		make_file(&tree, platforms[i].files[k]);
	(void)!iommu_look(&tree.root, &iommu); /* it says what is known */
	(void)test_int(platforms[i].name, iommu.state,
		       platforms[i].state ? platforms[i].state : IOMMU_OFF_FIRMWARE);
	(void)test_int(platforms[i].name, iommu.platform.hypervisor, platforms[i].hypervisor);
	(void)test_int(platforms[i].name, iommu.platform.processor, platforms[i].processor);
	(void)test_int(platforms[i].name, iommu.platform.devicetree, platforms[i].devicetree);
	tree_remove(&tree);
}

static void test_empty_table(void)
{
	static const char dmar[48] = "DMAR\x30";
	struct iommu iommu;
	struct tree tree;

	tree_make(&tree);
	tree_bytes(&tree, TABLE "DMAR", dmar, sizeof(dmar));
	(void)!iommu_look(&tree.root, &iommu); /* it says what is known */
	(void)test_int("a DMAR without a unit", iommu.state, IOMMU_OFF_FIRMWARE);
	(void)test_int("a DMAR without a unit", iommu.empty, ACPI_DMAR);
	tree_remove(&tree);
}

/* A table as the kernel shows it to all, and its content to root. */
static void test_unreadable(void)
{
	struct iommu iommu;
	struct tree tree;

	tree_make(&tree);
	tree_dir(&tree, TABLE "IVRS");
	(void)test_int("a table that can't be read", iommu_look(&tree.root, &iommu), -EISDIR);
	(void)test_int("a table that can't be read", iommu.state, IOMMU_OFF_KERNEL);
	(void)test_text("a table that can't be read", iommu.unread, TABLE "IVRS");
	tree_remove(&tree);
}

static void test_no_sysfs(void)
{
	struct iommu iommu;
	struct tree tree;

	tree_make(&tree);
	(void)!iommu_look(&tree.root, &iommu); /* it says what is known */
	(void)test_int("no sysfs at all", iommu.state, IOMMU_OFF_FIRMWARE);
	tree_remove(&tree);
}

/* Lines of a group's reserved_regions. */
static void test_regions(void)
{
	static const struct {
		const char *text;
		bool direct;
	} regions[] = {
		{"", false},
		{"0x00000000fee00000 0x00000000feefffff msi\n", false},
		{"0x000000006f000000 0x000000007fffffff direct-relaxable\n", false},
		{"0x000000006f000000 0x000000007fffffff direct\n"
		 "0x00000000fee00000 0x00000000feefffff msi\n",
		 true},
		{"0x00000000fee00000 0x00000000feefffff msi\n"
		 "0x000000006f000000 0x000000007fffffff direct",
		 true},
		{"direct\n", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(regions); i++) {
		_cleanup_free_ char *text = strdup(regions[i].text);

		if (!text)
			abort();
		test_int(regions[i].text, iommu_has_direct_region(text), regions[i].direct);
	}
}

TESTS(iommu)
{
	test_regions();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_row(i);
	for (size_t i = 0; i < ARRAY_SIZE(platforms); i++)
		test_platform(i);
	test_empty_table();
	test_unreadable();
	test_unread_interrupts();
	test_no_sysfs();
	return test_done();
}
