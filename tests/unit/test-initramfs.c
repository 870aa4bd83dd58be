/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/images.h"

#include <sys/stat.h>

#include "ctl/initramfs/find.h"
#include "ctl/initramfs/initramfs.h"
#include "ctl/initramfs/judge.h"
#include "tests/unit/initramfs_words.h"
#include "tests/unit/pack.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static const char *const tool_names[] = {
	[INITRAMFS_NO_TOOL] = "none",
	[INITRAMFS_DRACUT] = "dracut",
	[INITRAMFS_TOOLS] = "initramfs-tools",
};

#define MAIN "etc/gpuclaim/gpuclaim.conf"
#define DROP "etc/gpuclaim/gpuclaim.conf.d/10-a.conf"

/* --- the judgement */

static struct conf_file conf(const char *path, const char *text)
{
	struct conf_file file = {.path = (char *)path,
				 .text = (char *)text,
				 .size = text ? strlen(text) : 0,
				 .masked = !text};

	return file;
}

static const struct {
	const char *name, *here[2], *inside[2]; /* of MAIN and DROP; NULL: no such file */
	const char *expected;
} confs[] = {
	{"the same", {"claim 10de:*\n"}, {"claim 10de:*\n"}, "current"},
	{"none", {0}, {0}, "current"},
	{"comments and order",
	 {"# a\nclaim 10de:1c81\nskip address=0000:01:00.0\n"},
	 {"skip address=0000:01:00.0\nclaim 10de:1C81 # b\n"},
	 "current"},
	{"a comment only", {"# nothing\n"}, {0}, "current"},
	{"not inside", {"claim 10de:*\n"}, {0}, "stale: /" MAIN " is not inside"},
	{"not inside, and no matter of the boot",
	 {NULL, "set return-to-service=auto\nset run-before-return=/x\n"},
	 {0},
	 "current"},
	{"a line that is no matter of the boot",
	 {"claim 10de:*\nset return-to-service=auto\n"},
	 {"claim 10de:*\n"},
	 "current"},
	{"that is broken",
	 {"claim 10de:*\nset return-to-service=x\n"},
	 {"claim 10de:*\n"},
	 "stale: another /" MAIN " is inside"},
	{"another",
	 {"claim 10de:*\n"},
	 {"claim 10de:1c81\n"},
	 "stale: another /" MAIN " is inside"},
	{"a drop-in more",
	 {"claim 10de:*\n", "set boot-vga=allow\n"},
	 {"claim 10de:*\n"},
	 "stale: /" DROP " is not inside"},
	{"a drop-in less",
	 {"claim 10de:*\n"},
	 {"claim 10de:*\n", "claim 1002:*\n"},
	 "stale: /" DROP " is inside, and no longer here"},
	{"a generic image",
	 {0},
	 {"claim 10de:*\n"},
	 "stale: /" MAIN " is inside, and no longer here"},
	{"a default that is said",
	 {"set boot-vga=refuse\n"},
	 {"# \n"},
	 "stale: another /" MAIN " is inside"},
	{"broken since",
	 {"claim 10de\n"},
	 {"claim 10de:*\n"},
	 "stale: another /" MAIN " is inside"},
	{"broken inside",
	 {"claim 10de:*\n"},
	 {"claim 10de:*\nclam\n"},
	 "stale: another /" MAIN " is inside"},
};

static size_t fill(struct conf_file files[2], const char *const text[2])
{
	static const char *const paths[] = {MAIN, DROP};
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		if (text[i])
			files[n++] = conf(paths[i], text[i]);
	return n;
}

static void judge(const char *name, const struct image *image, const struct installed *installed,
		  const char *expected)
{
	struct text_list modules _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *why = NULL;
	enum initramfs_state state;
	char text[300];

	if (text_list_add(&modules, "vfio_pci") < 0 ||
	    initramfs_judge(image, installed, "6.1", &modules, &state, &why) < 0)
		abort();
	(void)snprintf(text, sizeof(text), "%s%s%s", initramfs_state_name(state), *why ? ": " : "",
		       why);
	test_text(name, text, expected);
}

static void test_judge(void)
{
	char *modules[] = {(char *)"6.1/vfio_pci"}, *others[] = {(char *)"6.12/vfio_pci"};
	struct conf_file here[2], inside[2];
	struct image image = {.helper = (char *)"x",
			      .helper_size = 1,
			      .conf = inside,
			      .modules = {modules, 1},
			      .kmod = true};
	struct installed installed = {.helper = (char *)"x", .helper_size = 1, .conf = here};

	for (size_t i = 0; i < ARRAY_SIZE(confs); i++) {
		installed.n_conf = fill(here, confs[i].here);
		image.n_conf = fill(inside, confs[i].inside);
		judge(confs[i].name, &image, &installed, confs[i].expected);
	}
	installed.n_conf = image.n_conf = 0;
	installed.helper = NULL;
	judge("no helper here to compare with", &image, &installed, "current");
	installed.helper = (char *)"y";
	judge("another helper", &image, &installed,
	      "stale: another /usr/lib/udev/gpuclaim is inside");
	installed.helper = (char *)"x";
	image.modules = (struct text_list){others, 1};
	judge("modules of another kernel", &image, &installed,
	      "without-modules: the module vfio_pci is not inside");
	image.modules = (struct text_list){modules, 1};
	image.kmod = false;
	judge("nothing to load modules with", &image, &installed,
	      "without-modules: the library libkmod.so.2, which loads modules, is not inside");
	image.packed = true;
	judge("or it is in the file system inside", &image, &installed, "current");
	image.packed = false;
	here[installed.n_conf++] = conf(MAIN, "claim 10de:*\n");
	judge("the configuration counts first", &image, &installed,
	      "stale: /" MAIN " is not inside");
	image.helper = NULL;
	judge("nothing of us", &image, &installed, "without-gpuclaim: gpuclaim is not inside");
	image.packed = true;
	judge("a file system inside", &image, &installed,
	      "unreadable: most of it is in a file system inside, where gpuclaimctl does not look");
}

/* A mask is what it hides nothing by; the same name in another layer says the same. */
static void test_layers(void)
{
	struct conf_file here = conf("usr/lib/gpuclaim/gpuclaim.conf", "claim 10de:*\n");
	struct conf_file inside = conf(MAIN, "claim 10de:*\n"), mask = conf(DROP, NULL);
	struct image image = {
		.helper = (char *)"x", .helper_size = 1, .conf = &inside, .n_conf = 1};
	struct installed installed = {.conf = &here, .n_conf = 1};
	struct text_list none = {0};
	_cleanup_free_ char *why = NULL;
	enum initramfs_state state;

	if (initramfs_judge(&image, &installed, "6.1", &none, &state, &why) < 0)
		abort();
	test_text("the same from another layer", initramfs_state_name(state), "current");
	free(TAKE_PTR(why));
	installed.conf = &mask;
	image.n_conf = 0;
	if (initramfs_judge(&image, &installed, "6.1", &none, &state, &why) < 0)
		abort();
	test_text("a mask of nothing", initramfs_state_name(state), "current");
}

static void test_modules(void)
{
	static const struct {
		const char *name, *dep, *builtin;
		int r;
		const char *expected;
	} rows[] = {
		{"with all they need",
		 "kernel/a.ko:\nkernel/vfio/pci/vfio-pci.ko.xz: "
		 "kernel/vfio/pci/vfio-pci-core.ko.xz "
		 "kernel/vfio/vfio.ko.xz\nkernel/vfio/vfio_iommu_type1.ko.xz: "
		 "kernel/vfio/vfio.ko.xz\nkernel/vfio/vfio.ko.xz:\n",
		 "", 0, "vfio_pci vfio_pci_core vfio vfio_iommu_type1"},
		{"built in", "", "kernel/vfio/pci/vfio-pci.ko\n", 0, ""},
		{"built in but for one", "kernel/vfio/vfio_iommu_type1.ko:\n",
		 "kernel/vfio/pci/vfio-pci.ko\n", 0, "vfio_iommu_type1"},
		{"iommufd in place of type 1",
		 "kernel/vfio/pci/vfio-pci.ko: kernel/vfio/vfio.ko kernel/iommu/iommufd.ko\n"
		 "kernel/vfio/vfio.ko: kernel/iommu/iommufd.ko\nkernel/iommu/iommufd.ko:\n",
		 "", 0, "vfio_pci vfio iommufd"},
		{"no vfio-pci", "kernel/vfio/vfio_iommu_type1.ko:\n", "", -ENOENT, ""},
		{"a longer name", "kernel/vfio/vfio-pci-core.ko:\n", "", -ENOENT, ""},
		{"the last line", "kernel/vfio-pci.ko: kernel/vfio.ko", "", 0, "vfio_pci vfio"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text_list list _cleanup_(text_list_free) = {0};
		char text[200] = "";

		test_int(rows[i].name, initramfs_modules(rows[i].dep, rows[i].builtin, &list),
			 rows[i].r);
		for (size_t k = 0; k < list.n; k++) {
			size_t n = strlen(text);

			(void)snprintf(text + n, sizeof(text) - n, "%s%s", n ? " " : "",
				       list.text[k]);
		}
		test_text(rows[i].name, text, rows[i].expected);
	}
}

/* --- kernels, images and commands */

#define KERNEL(release)                           \
	"f lib/modules/" release "/modules.dep\n" \
	"f boot/vmlinuz-" release "\n"
#define DRACUT "f usr/bin/dracut\n"
#define TOOLS  "f usr/sbin/update-initramfs\nf usr/sbin/mkinitramfs\n"

static const struct {
	const char *name, *tree, *expected;
} trees[] = {
	{"nothing", "", ": none! "},
	{"Debian", "f etc/debian_version 12\n" TOOLS KERNEL("6.1") "f boot/initrd.img-6.1\n",
	 "6.1 boot/initrd.img-6.1 (update-initramfs -u -k 6.1): initramfs-tools "},
	{"Debian, without an image", "f etc/debian_version 12\n" TOOLS KERNEL("6.1"),
	 "6.1 - (update-initramfs -c -k 6.1): initramfs-tools "},
	{"Debian with dracut", "f etc/debian_version 12\n" DRACUT KERNEL("6.1"),
	 "6.1 - (dracut --force /boot/initrd.img-6.1 6.1): dracut "},
	{"Debian with both, dracut's hook",
	 "f etc/debian_version 12\nf etc/kernel/postinst.d/dracut\n" TOOLS DRACUT KERNEL("6.1"),
	 "6.1 - (dracut --force /boot/initrd.img-6.1 6.1): dracut "},
	{"Debian with both, both hooks",
	 "f etc/debian_version 12\nf etc/kernel/postinst.d/dracut\n"
	 "f etc/kernel/postinst.d/initramfs-tools\n" TOOLS DRACUT KERNEL("6.1"),
	 "6.1 - (update-initramfs -c -k 6.1): initramfs-tools "},
	{"initramfs-tools taken away, but for its files in etc",
	 "f etc/debian_version 12\nf etc/kernel/postinst.d/initramfs-tools\n" DRACUT KERNEL("6.1"),
	 "6.1 - (dracut --force /boot/initrd.img-6.1 6.1): dracut "},
	{"RHEL", DRACUT KERNEL("5.14.el9") "f boot/initramfs-5.14.el9.img\n",
	 "5.14.el9 boot/initramfs-5.14.el9.img "
	 "(dracut --force /boot/initramfs-5.14.el9.img 5.14.el9): dracut "},
	{"RHEL, without an image", DRACUT KERNEL("5.14.el9"),
	 "5.14.el9 - (dracut --force --kver 5.14.el9): dracut "},
	{"SUSE", DRACUT KERNEL("6.4") "f boot/initrd-6.4\n",
	 "6.4 boot/initrd-6.4 (dracut --force /boot/initrd-6.4 6.4): dracut "},
	{"the newest first", DRACUT KERNEL("6.9") KERNEL("6.10") KERNEL("6.10-rc1"),
	 "6.10-rc1 - (dracut --force --kver 6.10-rc1) 6.10 - (dracut --force --kver 6.10) "
	 "6.9 - (dracut --force --kver 6.9): dracut "},
	{"leftovers of a kernel",
	 DRACUT "f lib/modules/6.1/modules.dep\nd lib/modules/6.2\n"
		"f boot/vmlinuz-6.2\n",
	 ": dracut "},
	{"a kernel beside its modules",
	 DRACUT "f usr/lib/modules/6.1/modules.builtin\nf usr/lib/modules/6.1/vmlinuz\n"
		"f usr/lib/modules/6.1/initramfs.img\n",
	 "6.1 usr/lib/modules/6.1/initramfs.img "
	 "(dracut --force /usr/lib/modules/6.1/initramfs.img 6.1): dracut "},
	{"one folder by two names",
	 DRACUT "l lib usr/lib\nf usr/lib/modules/6.1/modules.dep\n"
		"f boot/vmlinuz-6.1\n",
	 "6.1 - (dracut --force --kver 6.1): dracut "},
	{"nothing to build with", KERNEL("6.1"), "6.1 -: none! "},
	{"systemd-boot",
	 DRACUT "f usr/bin/kernel-install\nf etc/machine-id abc\nf boot/loader/loader.conf\n"
		"f usr/lib/modules/6.1/modules.dep\nf usr/lib/modules/6.1/vmlinuz\n"
		"f boot/abc/6.1/linux\nf boot/abc/6.1/initrd\n",
	 "6.1 boot/abc/6.1/initrd (dracut --force /boot/abc/6.1/initrd 6.1): dracut "},
	{"systemd-boot, without an image",
	 DRACUT "f usr/bin/kernel-install\nf boot/loader/loader.conf\n"
		"f usr/lib/modules/6.1/modules.dep\nf usr/lib/modules/6.1/vmlinuz\n",
	 "6.1 - (kernel-install add 6.1 /usr/lib/modules/6.1/vmlinuz): dracut "},
	{"systemd-boot, by its entries",
	 DRACUT "f usr/bin/kernel-install\nf boot/loader/loader.conf\n"
		"f usr/lib/modules/6.1/modules.dep\nf usr/lib/modules/6.1/vmlinuz\n"
		"f boot/x/6.1/linux\nf boot/x/6.1/initrd-a\n"
		"f boot/loader/entries/x-6.1.conf version 6.1|linux /x/6.1/linux|"
		"initrd /x/6.1/initrd-a|\n",
	 "6.1 boot/x/6.1/initrd-a (dracut --force /boot/x/6.1/initrd-a 6.1): dracut 6.1"},
	{"entries that GRUB reads, and microcode",
	 DRACUT KERNEL(
		 "5.14") "f boot/other.img\nf boot/ucode.img\n"
			 "f boot/initramfs-5.14.img\nf boot/loader/entries/a-5.14.conf title x|"
			 "version 5.14|linux /vmlinuz-5.14|initrd /ucode.img /boot/other.img "
			 "$tuned_initrd|"
			 "options ro|\n",
	 "5.14 boot/other.img (dracut --force /boot/other.img 5.14): dracut 5.14"},
	{"a kernel that an entry names, and one that is gone",
	 DRACUT "f lib/modules/6.1/modules.dep\nf lib/modules/6.2/modules.dep\n"
		"f boot/my-kernel\n"
		"f boot/loader/entries/a-6.1.conf version 6.1|linux /my-kernel|\n"
		"f boot/loader/entries/a-6.2.conf version 6.2|linux /vmlinuz-6.2|\n",
	 "6.1 - (dracut --force --kver 6.1): dracut "},
	{"a rescue entry is none of the kernel's",
	 DRACUT KERNEL(
		 "5.14") "f boot/initramfs-5.14.img\nf boot/r.img\n"
			 "f boot/loader/entries/a-0-rescue.conf version 5.14|linux /vmlinuz-5.14|"
			 "initrd /r.img|\n",
	 "5.14 boot/initramfs-5.14.img (dracut --force /boot/initramfs-5.14.img 5.14): dracut "},
	{"which boots next",
	 DRACUT KERNEL("5.14") KERNEL(
		 "6.1") "f boot/grub2/grub.cfg\nf boot/grub2/grubenv # GRUB Environment Block|"
			"saved_entry=a-5.14|\n"
			"f boot/loader/entries/a-5.14.conf version 5.14|linux /vmlinuz-5.14|\n"
			"f boot/loader/entries/a-6.1.conf version 6.1|linux /vmlinuz-6.1|\n",
	 "6.1 - (dracut --force --kver 6.1) 5.14 - (dracut --force --kver 5.14): dracut 5.14"},
	{"ostree", DRACUT "d ostree/repo\n" KERNEL("6.1"), "6.1 -: none! "},
	{"a unified kernel image", DRACUT "f efi/EFI/Linux/a.efi\n" KERNEL("6.1"), "6.1 -: none! "},
};

/* "RELEASE IMAGE (COMMAND) …: TOOL NEXT". */
static void render(const struct initramfs *images, char *buf, size_t size)
{
	size_t n;

	buf[0] = '\0';
	for (size_t i = 0; i < images->n; i++) {
		const struct initramfs_kernel *k = &images->kernel[i];
		char *argv[INITRAMFS_ARGV_MAX];

		n = strlen(buf);
		(void)snprintf(buf + n, size - n, "%s%s %s", i ? " " : "", k->release,
			       k->image ? k->image : "-");
		if (initramfs_command(images, i, argv) < 0)
			continue;
		for (size_t a = 0; argv[a]; a++) {
			n = strlen(buf);
			(void)snprintf(buf + n, size - n, "%s%s", a ? " " : " (",
				       a ? argv[a] : strrchr(argv[a], '/') + 1);
		}
		n = strlen(buf);
		(void)snprintf(buf + n, size - n, ")");
		initramfs_command_free(argv);
	}
	n = strlen(buf);
	(void)snprintf(buf + n, size - n, ": %s%s %s", tool_names[images->tool],
		       images->refusal ? "!" : "",
		       images->next < images->n ? images->kernel[images->next].release : "");
}

static void test_find(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
		struct initramfs images _cleanup_(initramfs_free) = {0};
		struct tree tree;
		char text[600];

		tree_make(&tree);
		tree_script(&tree, trees[i].tree);
		test_int(trees[i].name, initramfs_look(&tree.root, NULL, &images), 0);
		render(&images, text, sizeof(text));
		test_text(trees[i].name, text, trees[i].expected);
		tree_remove(&tree);
	}
}

static void make_image(const struct tree *tree, const char *text)
{
	struct pack pack _cleanup_(pack_free) = {0};

	pack_file(&pack, &(struct pack_file){.name = MAIN, .content = text});
	pack_file(&pack, &(struct pack_file){.name = "usr/lib/udev/gpuclaim", .content = "x"});
	pack_file(&pack, &(struct pack_file){.name = "usr/lib/modules/6.1/a/vfio-pci.ko.xz"});
	pack_file(&pack, &(struct pack_file){.name = "usr/lib64/libkmod.so.2"});
	pack_end(&pack);
	tree_bytes(tree, "boot/initrd.img-6.1", pack.data, pack.size);
}

static void check_state(const char *name, const struct tree *tree, const char *expected)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};
	char text[300] = "no kernel";

	test_int(name, initramfs_read(&tree->root, NULL, &images), 0);
	if (images.n)
		(void)snprintf(text, sizeof(text), "%s: %s",
			       initramfs_state_name(images.kernel[0].state), images.kernel[0].why);
	test_text(name, text, expected);
}

static void test_read(void)
{
	struct tree tree;

	tree_make(&tree);
	check_state("no kernel", &tree, "no kernel");
	tree_script(&tree, "f usr/lib/modules/6.1/modules.dep a/vfio-pci.ko.xz:|\nl lib usr/lib\n"
			   "f boot/vmlinuz-6.1\nf usr/lib/udev/gpuclaim x\n" TOOLS "f " MAIN
			   " claim 10de:*|\n");
	check_state("no image", &tree, "missing: there is no image for this kernel");
	make_image(&tree, "claim 10de:*\n");
	check_state("an image", &tree, "current: ");
	tree_file(&tree, "usr/lib/modules/6.1/modules.dep", "a/ext4.ko:\n");
	check_state("of a kernel without vfio-pci", &tree,
		    "no-driver: this kernel has no vfio-pci");
	make_image(&tree, "claim 1002:*\n");
	check_state("and with another configuration", &tree, "stale: another /" MAIN " is inside");
	make_image(&tree, "claim 10de:*\n");
	tree_file(&tree, "usr/lib/modules/6.1/modules.dep", "a/vfio-pci.ko.xz:\n");
	/* What is in /run ends with this boot. */
	tree_file(&tree, "run/gpuclaim/gpuclaim.conf.d/a.conf", "claim 1002:*\n");
	tree_file(&tree, "run/gpuclaim/gpuclaim.conf.d/b.conf", "");
	check_state("and a configuration in /run", &tree, "current: ");
	tree_file(&tree, "etc/gpuclaim/gpuclaim.conf.d/b.conf", "claim 8086:*\n");
	check_state("what /run masks is still missing", &tree,
		    "stale: /etc/gpuclaim/gpuclaim.conf.d/b.conf is not inside");
	tree_file(&tree, "boot/initrd.img-6.1", "no image");
	check_state("no image, but a file", &tree,
		    "unreadable: it is neither a cpio archive nor compressed in a way that "
		    "gpuclaim can read");
	tree_remove(&tree);

	tree_make(&tree);
	tree_script(&tree, "f lib/modules/6.1/modules.builtin\nf boot/vmlinuz-6.1\n"
			   "f efi/EFI/Linux/a.efi\n");
	check_state("a unified kernel image", &tree,
		    "unreadable: the initramfs is part of a unified kernel image: build that anew "
		    "with the program that made it");
	tree_remove(&tree);

	tree_make(&tree);
	tree_script(&tree, "f lib/modules/6.1/modules.builtin a/vfio-pci.ko|\nf boot/vmlinuz-6.1\n"
			   "l boot/initrd.img-6.1 ../../../../../etc/shadow\n");
	check_state("a link that leaves the tree", &tree,
		    "missing: there is no image for this kernel");
	tree_remove(&tree);
}

#define TOOLS  "f usr/sbin/update-initramfs\nf usr/sbin/mkinitramfs\n"
#define FROZEN "etc/initramfs-tools/update-initramfs.conf"

/* Whose configuration it is, and what the kernel needs, is told. */
static void test_other_tools(void)
{
	static const struct {
		const char *tree, *file;
	} rows[] = {
		{"f usr/bin/mkinitcpio\n", "/etc/mkinitcpio.conf"},
		{"f sbin/mkinitfs\n", "/etc/mkinitfs/mkinitfs.conf"},
		{"f usr/bin/booster\n", "/etc/booster.yaml"},
		{"", "nothing that builds an initramfs is installed"},
		{DRACUT "f usr/bin/mkinitcpio\n", NULL},
		{TOOLS, NULL},
		{TOOLS "f " FROZEN " update_initramfs=yes|update_initramfs=no|\n", FROZEN},
		{TOOLS "f " FROZEN " # update_initramfs=no|update_initramfs=\"all\"|\n", NULL},
		{DRACUT "f " FROZEN " update_initramfs=no|\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct initramfs images _cleanup_(initramfs_free) = {0};
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, rows[i].tree);
		test_int(rows[i].tree, initramfs_look(&tree.root, NULL, &images), 0);
		test_int(rows[i].tree, images.refusal != NULL, rows[i].file != NULL);
		if (images.refusal && rows[i].file)
			test_int(rows[i].file, strstr(images.refusal, rows[i].file) != NULL, true);
		if (images.refusal && i < 2)
			test_int("arguments", strstr(images.refusal, "gpuclaim=1") != NULL, true);
		tree_remove(&tree);
	}
}

TESTS(initramfs)
{
	test_judge();
	test_layers();
	test_modules();
	test_find();
	test_other_tools();
	test_read();
	return test_done();
}
