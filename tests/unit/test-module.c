/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/module.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define MODULES "lib/modules/6.1/"
#define NVIDIA	"alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\n"
#define BUILTIN \
	"ahci.license=GPL\0ahci.alias=pci:v*d*sv*sd*bc01sc06i01*\0i8042.alias=platform:i8042\0"

static void make_kernel(struct tree *tree)
{
	tree_make(tree);
	tree_file(tree, "proc/sys/kernel/osrelease", "6.1\n");
}

static void expect_aliases(const struct tree *tree, bool initramfs, const char *name,
			   const char *text, bool whole)
{
	struct module_aliases aliases = {0};

	(void)test_int(name, module_aliases_read(&tree->root, initramfs, &aliases), 0);
	(void)test_text(name, aliases.text ? aliases.text : "", text);
	(void)test_int("whole", aliases.whole, whole);
	(void)test_int("size", (long)aliases.size, (long)strlen(text));
	module_aliases_free(&aliases);
}

static void test_aliases(void)
{
	struct tree tree;

	tree_make(&tree);
	expect_aliases(&tree, false, "no release", "", false);
	tree_file(&tree, "proc/sys/kernel/osrelease", "6.1\n");
	expect_aliases(&tree, false, "no modules", "", false);
	tree_file(&tree, MODULES "modules.alias", NVIDIA);
	expect_aliases(&tree, false, "what built-in drivers match is not known", NVIDIA, false);
	tree_bytes(&tree, MODULES "modules.builtin.modinfo", BUILTIN, sizeof(BUILTIN) - 1);
	expect_aliases(&tree, false, "both", NVIDIA "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n",
		       true);
	expect_aliases(&tree, true, "an initramfs has a part of them",
		       NVIDIA "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n", false);
	tree_file(&tree, MODULES "modules.alias",
		  "# of depmod\nalias usb:v1 usb\n" NVIDIA "alias platform:pci: p\nalias *:v1 all\n"
		  "alias vfio_pci:v1 variant\nalias vfio:v1 v\nalias\tx:v1 tab\nalias pci:v2 last");
	expect_aliases(&tree, false, "what may be of the bus",
		       "# of depmod\n" NVIDIA "alias *:v1 all\nalias vfio_pci:v1 variant\n"
		       "alias\tx:v1 tab\nalias pci:v2 last"
		       "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n",
		       true);
	tree_file(&tree, MODULES "modules.alias", NVIDIA);
	tree_file(&tree, "usr/lib/gpuclaim/modules.pci", "alias pci:v1 one\n");
	expect_aliases(&tree, true, "an initramfs that was told of all", "alias pci:v1 one\n",
		       true);
	expect_aliases(&tree, false, "the system asks the system",
		       NVIDIA "alias pci:v*d*sv*sd*bc01sc06i01* ahci\n", true);
	tree_remove(&tree);
}

/* Texts of kernels that nobody built: no crash, no reading beyond the end. */
static void test_odd_builtin(void)
{
	static const struct {
		const char *name, *info;
		size_t size;
		const char *text;
	} rows[] = {
		{"empty", "", 0, ""},
		{"no NUL at the end", "a.alias=pci:x", 13, "alias pci:x a\n"},
		{"NULs only", "\0\0\0", 3, ""},
		{"no module", ".alias=pci:x\0", 13, "alias pci:x \n"},
		{"no value", "a.alias=\0", 9, ""},
		{"no dot", "alias=pci:x\0", 12, ""},
		{"a dot in the value", "a.alias=pci:x.y\0", 16, "alias pci:x.y a\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree tree;

		make_kernel(&tree);
		tree_file(&tree, MODULES "modules.alias", "");
		tree_bytes(&tree, MODULES "modules.builtin.modinfo", rows[i].info, rows[i].size);
		expect_aliases(&tree, false, rows[i].name, rows[i].text, true);
		tree_remove(&tree);
	}
}

static bool may_have(const struct tree *tree, const char *name)
{
	struct modules modules _cleanup_(modules_free) = {0};

	return modules_read(&tree->root, NULL, &modules) == 0 && modules_may_have(&modules, name);
}

static void test_known(void)
{
	static const struct {
		const char *name;
		bool known;
	} rows[] = {
		{"vfio-pci", true}, {"vfio_pci", true},	     {"vfio", true},
		{"vfio-pc", false}, {"vfio-pci-core", true}, {"nouveau", true},
		{"plain", true},    {"xz", false},	     {"kernel", false},
		{"", false},	    {"dependency", false},
	};
	struct tree tree;

	make_kernel(&tree);
	(void)test_int("nothing to ask", may_have(&tree, "vfio-pci"), true);
	tree_file(&tree, MODULES "modules.dep",
		  "kernel/drivers/vfio/pci/vfio-pci.ko.xz: "
		  "kernel/drivers/vfio/pci/vfio-pci-core.ko.xz "
		  "kernel/lib/dependency.ko\n"
		  "kernel/drivers/vfio/pci/vfio-pci-core.ko.xz:\n"
		  "kernel/drivers/vfio/vfio.ko.zst:\n"
		  "updates/dkms/nouveau.ko: kernel/lib/dependency.ko\n"
		  "plain.ko:\n"
		  "a line without a colon\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		(void)test_int(rows[i].name, may_have(&tree, rows[i].name), rows[i].known);
	tree_file(&tree, MODULES "modules.dep", "");
	(void)test_int("a kernel without modules", may_have(&tree, "vfio-pci"), false);
	tree_remove(&tree);
}

static void test_drivers(void)
{
	static const struct {
		const char *name, *driver; /* NULL: none registered */
	} rows[] = {
		{"vfio-pci", "vfio-pci"},
		{"vfio_pci", "vfio-pci"},
		{"xhci_hcd", "xhci_hcd"},
		{"xhci-hcd", "xhci_hcd"},
		{"xhci_pci", "xhci_hcd"},
		{"xhci-pci", "xhci_hcd"},
		{"nvgrace_gpu_vfio_pci", "nvgrace-gpu-vfio-pci"},
		{"nouveau", NULL},
		{"empty", NULL},
	};
	struct tree tree;

	tree_make(&tree);
	(void)test_int("no sysfs",
		       module_driver(&tree.root, "vfio-pci", (char[DRIVER_NAME_MAX]){0}), false);
	tree_dir(&tree, "sys/bus/pci/drivers/vfio-pci");
	tree_dir(&tree, "sys/bus/pci/drivers/xhci_hcd");
	tree_dir(&tree, "sys/bus/pci/drivers/nvgrace-gpu-vfio-pci");
	tree_link(&tree, "sys/module/xhci_pci/drivers/pci:xhci_hcd",
		  "../../../bus/pci/drivers/xhci_hcd");
	tree_dir(&tree, "sys/module/empty/drivers/usb:other");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char buf[DRIVER_NAME_MAX] = "untouched";
		bool found = module_driver(&tree.root, rows[i].name, buf);

		(void)test_int(rows[i].name, found, rows[i].driver != NULL);
		(void)test_text(rows[i].name, buf, rows[i].driver ? rows[i].driver : "untouched");
	}
	tree_remove(&tree);
}

TESTS(module)
{
	test_aliases();
	test_odd_builtin();
	test_known();
	test_drivers();
	return test_done();
}
