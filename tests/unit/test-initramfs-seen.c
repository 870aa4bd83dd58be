/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/initramfs/seen.h"

#include "ctl/initramfs/images.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define MAIN  "etc/gpuclaim/gpuclaim.conf"
#define IMAGE "boot/initrd.img-6.1"
#define DEP   "lib/modules/6.1/modules.dep"

static const char tree_text[] = "f " IMAGE " an image\nf boot/vmlinuz-6.1\nf " DEP " a.ko:\n"
				"f lib/modules/6.1/modules.builtin\nf " IMAGE_HELPER " helper\n";

static struct conf_file conf = {.path = (char *)MAIN, .text = (char *)"claim 10de:*\n"};
static struct installed installed = {.conf = &conf, .n_conf = 1};
static struct initramfs_kernel kernel = {.release = (char *)"6.1", .image = (char *)IMAGE};

static void test_change(const struct tree *tree, const char *path)
{
	tree_file(tree, path, "another");
	test_int(path, initramfs_seen(&tree->root, &kernel, &installed), false);
	test_int(path, initramfs_seen_write(&tree->root, &kernel, &installed), 0);
	test_int(path, initramfs_seen(&tree->root, &kernel, &installed), true);
}

/* What an image is held against must be what it was. */
static void test_changes(void)
{
	static const char *const files[] = {IMAGE, IMAGE_HELPER, DEP,
					    "lib/modules/6.1/modules.builtin"};
	struct initramfs_kernel other = {.release = (char *)"6.2", .image = (char *)IMAGE};
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, tree_text);
	test_int("never seen", initramfs_seen(&tree.root, &kernel, &installed), false);
	test_int("write", initramfs_seen_write(&tree.root, &kernel, &installed), 0);
	test_int("seen", initramfs_seen(&tree.root, &kernel, &installed), true);
	test_int("of another kernel", initramfs_seen(&tree.root, &other, &installed), false);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		test_change(&tree, files[i]);
	conf.text = (char *)"claim 1002:*\n";
	test_int("another configuration", initramfs_seen(&tree.root, &kernel, &installed), false);
	conf.text = (char *)"claim 10de:*\n";
	installed.n_conf = 0;
	test_int("no configuration", initramfs_seen(&tree.root, &kernel, &installed), false);
	installed.n_conf = 1;
	test_int("all as it was", initramfs_seen(&tree.root, &kernel, &installed), true);
	tree_remove(&tree);
}

static enum initramfs_state state_of(const struct root *root)
{
	struct initramfs images _cleanup_(initramfs_free) = {0};

	if (initramfs_read(root, NULL, &images) < 0 || images.n != 1)
		abort();
	return images.kernel[0].state;
}

/* A file that is no image would be found out if it were opened. */
static void test_use(void)
{
	struct installed none = {0};
	struct root machine;
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, tree_text);
	machine = tree.root;
	machine.confined = false;
	test_int("opened", state_of(&machine), INITRAMFS_UNREADABLE);
	test_int("not remembered", initramfs_seen(&machine, &kernel, &none), false);
	test_int("write", initramfs_seen_write(&machine, &kernel, &none), 0);
	test_int("not opened", state_of(&machine), INITRAMFS_CURRENT);
	test_int("a tree's is opened", state_of(&tree.root), INITRAMFS_UNREADABLE);
	tree_remove(&tree);
}

TESTS(initramfs_seen)
{
	test_changes();
	test_use();
	return test_done();
}
