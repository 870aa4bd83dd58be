/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/unsafe.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define TYPE1 "options vfio_iommu_type1 allow_unsafe_interrupts"

static const struct {
	const char *name, *tree, *cmdline;
	bool unsafe;
} rows[] = {
	{"nobody says so", "", "", false},
	{"an administrator's file", "f etc/modprobe.d/a.conf # old|" TYPE1 "=1", "", true},
	{"a package's", "f usr/lib/modprobe.d/a.conf " TYPE1 "=Y", "", true},
	{"below /usr/local", "f usr/local/lib/modprobe.d/a.conf " TYPE1, "", true},
	{"hidden by another of that name",
	 "f usr/lib/modprobe.d/a.conf " TYPE1 "=1\nf etc/modprobe.d/a.conf #", "", false},
	{"the last file by its name",
	 "f usr/lib/modprobe.d/z.conf " TYPE1 "=1\nf etc/modprobe.d/a.conf " TYPE1 "=0", "", true},
	{"taken back by the last one",
	 "f usr/lib/modprobe.d/a.conf " TYPE1 "=1\nf etc/modprobe.d/z.conf " TYPE1 "=n", "", false},
	{"the other dash, and another option before it",
	 "f etc/modprobe.d/a.conf options vfio-iommu-type1 disable_hugepages=1 "
	 "allow-unsafe-interrupts=on",
	 "", true},
	{"another module's", "f etc/modprobe.d/a.conf options kvm allow_unsafe_interrupts=1", "",
	 false},
	{"iommufd", "f etc/modprobe.d/a.conf options iommufd allow_unsafe_interrupts=1", "", true},
	{"a file of another name", "f etc/modprobe.d/a.txt " TYPE1 "=1", "", false},
	{"the kernel command line", "", "vfio_iommu_type1.allow_unsafe_interrupts=1", true},
	{"it beats a file", "f etc/modprobe.d/a.conf " TYPE1 "=1",
	 "vfio_iommu_type1.allow_unsafe_interrupts=0", false},
	{"it beats no other module's",
	 "f etc/modprobe.d/a.conf options iommufd allow_unsafe_interrupts=1",
	 "vfio_iommu_type1.allow_unsafe_interrupts=0", true},
	{"both are said, and neither is", "f etc/modprobe.d/a.conf " TYPE1 "=1",
	 "vfio_iommu_type1.allow_unsafe_interrupts=0 iommufd.allow_unsafe_interrupts=0", false},
	{"one of both stands", "",
	 "iommufd.allow_unsafe_interrupts=1 vfio_iommu_type1.allow_unsafe_interrupts=1 "
	 "vfio_iommu_type1.allow_unsafe_interrupts=0",
	 true},
	{"the other one stands", "",
	 "vfio_iommu_type1.allow_unsafe_interrupts=1 iommufd.allow_unsafe_interrupts=1 "
	 "iommufd.allow_unsafe_interrupts=0",
	 true},
	{"an empty value is no word", "f etc/modprobe.d/a.conf " TYPE1 "=", "", false},
	{"an empty one in quotes", "f etc/modprobe.d/a.conf " TYPE1 "=\"\"", "", false},
	{"in capitals", "f etc/modprobe.d/a.conf " TYPE1 "=ON", "", true},
	{"off, in capitals", "f etc/modprobe.d/a.conf " TYPE1 "=OFF", "", false},
	{"a quoted value", "f etc/modprobe.d/a.conf " TYPE1 "=\"1\"", "", true},
	{"the option quoted as a whole",
	 "f etc/modprobe.d/a.conf options iommufd \"allow_unsafe_interrupts=1\"", "", true},
	{"one that is loaded tells by itself",
	 "f etc/modprobe.d/a.conf " TYPE1 "=1\nd sys/module/vfio_iommu_type1", "", false},
};

TESTS(unsafe)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct kernel_args args;
		struct tree tree;
		bool unsafe = false;

		tree_make(&tree);
		tree_script(&tree, rows[i].tree);
		(void)test_int(rows[i].name, kernel_args_read(rows[i].cmdline, &args), 0);
		(void)test_int(rows[i].name, unsafe_interrupts_asked(&tree.root, &args, &unsafe),
			       0);
		(void)test_int(rows[i].name, unsafe, rows[i].unsafe);
		tree_remove(&tree);
	}
	return test_done();
}
