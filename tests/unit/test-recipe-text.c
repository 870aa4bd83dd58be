/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/recipe_text.h"

#include "tests/unit/test.h"

/* "KIND LINE VALUE [REST]; " for each line that is found. */
static void describe(const struct recipe_lines *lines, char *buf, size_t size)
{
	static const char *const kinds[] = {"ids",  "softdep", "install", "blacklist",
					    "load", "drivers", "does"};
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < lines->n; i++) {
		const struct recipe_line *line = &lines->line[i];

		n += (size_t)snprintf(buf + n, size - n, "%s%s %u %s%s%s", i ? "; " : "",
				      kinds[line->kind], line->line, line->value,
				      line->rest ? " | " : "", line->rest ? line->rest : "");
	}
}

static void test_find(void)
{
	static const struct {
		const char *name;
		enum recipe_file file;
		const char *text, *expected;
	} rows[] = {
		{"nothing", RECIPE_MODPROBE, "", ""},
		{"ids", RECIPE_MODPROBE, "options vfio-pci ids=1:2,3:4\n", "ids 1 1:2,3:4"},
		{"ids and another parameter", RECIPE_MODPROBE, "options vfio_pci ids=1:2 a=b",
		 "ids 1 1:2 | options vfio_pci a=b"},
		{"twice on a line", RECIPE_MODPROBE, "options vfio-pci ids=1:2 ids=3:4",
		 "ids 1 1:2,3:4"},
		{"quoted value", RECIPE_MODPROBE, "options vfio-pci ids=\"1:2\"", "ids 1 1:2"},
		{"quoted word", RECIPE_MODPROBE, "options vfio-pci \"ids=1:2\"", "ids 1 1:2"},
		{"continued", RECIPE_MODPROBE, "# a\noptions vfio-pci \\\n ids=1:2\nblacklist nv\n",
		 "ids 2 1:2; blacklist 4 nv"},
		{"continued at the end", RECIPE_MODPROBE, "options vfio-pci ids=1:2 \\\n",
		 "ids 1 1:2"},
		{"a comment goes on", RECIPE_MODPROBE, "# a \\\noptions vfio-pci ids=1:2\n", ""},
		{"softdep", RECIPE_MODPROBE, "softdep nouveau pre: vfio-pci post: vfio\n",
		 "softdep 1 nouveau"},
		{"softdep with others", RECIPE_MODPROBE, "softdep nouveau pre: vfio-pci drm\n", ""},
		{"softdep on nothing", RECIPE_MODPROBE, "softdep nouveau pre:\n", ""},
		{"vfio's own softdep", RECIPE_MODPROBE, "softdep vfio post: vfio_iommu_type1\n",
		 ""},
		{"install", RECIPE_MODPROBE, "install nouveau /bin/false\ninstall loop /bin/true\n",
		 "install 1 nouveau"},
		{"blacklist", RECIPE_MODPROBE, "blacklist nvidia-drm\nblacklist pcspkr\n",
		 "blacklist 1 nvidia-drm"},
		{"to load", RECIPE_MODULES, "loop\n; vfio\n#vfio\nvfio-pci\n", "load 4 vfio-pci"},
		{"to load with ids", RECIPE_MODULES, "vfio_pci ids=1:2\n", "ids 1 1:2 | vfio_pci"},
		{"to load with ids and more", RECIPE_MODULES, "vfio_pci a=b ids=1:2\n",
		 "ids 1 1:2 | vfio_pci a=b"},
		{"no continuation here", RECIPE_MODULES, "loop \\\nvfio\n", "load 2 vfio"},
		{"a misplaced options line", RECIPE_MODULES, "options vfio_pci ids=1:2\n",
		 "ids 1 1:2"},
		{"one without ids", RECIPE_MODULES, "options vfio_pci a=b\n", ""},
		{"dracut", RECIPE_DRACUT, "force_drivers+=\" vfio vfio-pci \"\n", "drivers 1 vfio"},
		{"dracut without blanks", RECIPE_DRACUT, "add_drivers+=\"vfio-pci\"\n",
		 "drivers 1 vfio"},
		{"dracut's others", RECIPE_DRACUT, "add_drivers+=\" igb \"\nx=\"vfio\"\n", ""},
		{"mkinitcpio", RECIPE_DRACUT, "MODULES=(vfio_pci vfio)\n", "drivers 1 vfio"},
		{"a stub's IDs", RECIPE_MODPROBE, "options pci-stub ids=1:2\n", "ids 1 1:2"},
		{"a stub's IDs to load", RECIPE_MODULES, "pci_stub ids=1:2\n",
		 "ids 1 1:2 | pci_stub"},
		{"a script", RECIPE_SCRIPT, "#!/bin/sh\n# new_id \\\necho x > $d/driver_override\n",
		 "does 3 driver_override"},
	};
	char got[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct recipe_lines lines _cleanup_(recipe_lines_free) = {0};

		if (!test_int(rows[i].name, recipe_find(rows[i].text, rows[i].file, &lines), 0))
			continue;
		describe(&lines, got, sizeof(got));
		test_text(rows[i].name, got, rows[i].expected);
	}
}

/* A row is taken out as a whole, and put back. */
static void test_round_trip(void)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"one line", "a\noptions vfio-pci ids=1:2\nb\n",
		 "a\n# taken out by gpuclaim: options vfio-pci ids=1:2\nb\n"},
		{"no newline at the end", "blacklist nv\nsoftdep x pre: vfio",
		 "# taken out by gpuclaim: blacklist nv\n"
		 "# taken out by gpuclaim: softdep x pre: vfio"},
		{"what stays", "options vfio-pci ids=1:2 a=b",
		 "# put in by gpuclaim: options vfio-pci a=b\noptions vfio-pci a=b\n"
		 "# taken out by gpuclaim: options vfio-pci ids=1:2 a=b"},
		{"three lines", "options vfio-pci \\\n\tids=1:2 \\\n\n\nx\n",
		 "# taken out by gpuclaim: options vfio-pci \\\n"
		 "# taken out by gpuclaim: \tids=1:2 \\\n# taken out by gpuclaim: \n\nx\n"},
	};
	static const bool all[] = {true, true, true};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct recipe_lines lines _cleanup_(recipe_lines_free) = {0};
		_cleanup_free_ char *now = NULL, *back = NULL;

		if (!test_int(rows[i].name, recipe_find(rows[i].text, RECIPE_MODPROBE, &lines), 0))
			continue;
		now = recipe_take_out(rows[i].text, &lines, all);
		test_text(rows[i].name, now, rows[i].expected);
		back = recipe_put_back(now, NULL);
		test_text(rows[i].name, back, rows[i].text);
	}
}

/* Another hand's changes stay. */
static void test_put_back(void)
{
	static const struct {
		const char *name, *text, *expected;
		long n;
	} rows[] = {
		{"nothing of ours", "a\nb", "a\nb", 0},
		{"others' lines around", "x\n# taken out by gpuclaim: a\ny\n", "x\na\ny\n", 1},
		{"what was put in is gone",
		 "# put in by gpuclaim: a b\n# taken out by gpuclaim: c\n", "c\n", 1},
		{"what was put in is another", "# put in by gpuclaim: a b\na b=c\n", "a b=c\n", 0},
		{"what was put in is longer", "# put in by gpuclaim: a\nab\n", "ab\n", 0},
		{"what was put in is the end", "# put in by gpuclaim: a\na", "", 0},
		{"the mark in the middle", "x # taken out by gpuclaim: a\n",
		 "x # taken out by gpuclaim: a\n", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t n;
		_cleanup_free_ char *back = recipe_put_back(rows[i].text, &n);

		test_text(rows[i].name, back, rows[i].expected);
		test_int(rows[i].name, (long)n, rows[i].n);
	}
}

TESTS(recipe_text)
{
	test_find();
	test_round_trip();
	test_put_back();
	return test_done();
}
