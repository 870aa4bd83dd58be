/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipes.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void test_modprobe(void)
{
	static const struct {
		const char *name, *text;
		unsigned line;
	} rows[] = {
		{"nothing", "", 0},
		{"the usual recipe", "options vfio-pci ids=10de:1c81,10de:0fb9\n", 1},
		{"with an underscore", "options vfio_pci ids=10de:1c81", 1},
		{"among other options", "options vfio-pci disable_vga=1 ids=10de:1c81\n", 1},
		{"after blanks and tabs", "\t options \t vfio-pci\tids=10de:1c81\n", 1},
		{"further down", "# vfio\n\nblacklist nouveau\noptions vfio-pci ids=1:2\n", 4},
		{"over two lines", "# one\noptions vfio-pci \\\n  ids=10de:1c81\n", 2},
		{"after a line of two", "alias a \\\n b\noptions vfio-pci ids=1:2\n", 3},
		{"a backslash at the end", "options vfio-pci \\", 0},
		{"other options only", "options vfio-pci disable_idle_d3=1\n", 0},
		{"another module", "options vfio ids=10de:1c81\n", 0},
		{"a longer name", "options vfio-pci-core ids=10de:1c81\n", 0},
		{"a comment", "# options vfio-pci ids=10de:1c81\n", 0},
		{"another command", "softdep nouveau pre: vfio-pci ids=1\n", 0},
		{"a longer word", "optionsx vfio-pci ids=1:2\n", 0},
		{"an option that ends so", "options vfio-pci noids=1\n", 0},
		{"a name that is the option", "options ids=1:2\n", 0},
		{"nothing but the word", "options", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, (long)recipes_in_modprobe(rows[i].text), (long)rows[i].line);
}

static void test_places(void)
{
	static const char *const expected[] = {
		"/etc/modprobe.d/vfio.conf:2",
		"/run/modprobe.d/b.conf:1",
		"vfio-pci.ids=10de:1c81 on the kernel command line",
	};
	static const char line[] = "options vfio-pci ids=10de:1c81\n";
	struct recipes recipes = {0};
	struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "proc/cmdline", "ro vfio-pci.ids=10de:1c81 -- vfio_pci.ids=1:2\n");
	tree_file(&tree, "etc/modprobe.d/vfio.conf", "# old\noptions vfio-pci ids=1:2\n");
	tree_file(&tree, "etc/modprobe.d/notes.txt", line);
	tree_file(&tree, "etc/modprobe.d/c.conf", "");
	tree_file(&tree, "run/modprobe.d/b.conf", line);
	tree_file(&tree, "usr/lib/modprobe.d/c.conf", line); /* hidden by the empty one */
	if (test_int("places are read", recipes_read(&tree.root, &recipes), 0)) {
		test_int("as many as there are", (long)recipes.n, (long)ARRAY_SIZE(expected));
		for (size_t i = 0; i < recipes.n && i < ARRAY_SIZE(expected); i++)
			test_text("place", recipes.place[i], expected[i]);
	}
	recipes_free(&recipes);
	tree_remove(&tree);

	tree_make(&tree);
	test_int("an empty tree is read", recipes_read(&tree.root, &recipes), 0);
	test_int("an empty tree has none", (long)recipes.n, 0);
	recipes_free(&recipes);
	tree_remove(&tree);
}

int main(void)
{
	test_modprobe();
	test_places();
	return test_done();
}
