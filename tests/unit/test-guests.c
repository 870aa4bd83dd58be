/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guest has a GPU, by the processes that there are. */
#include "ctl/guests/guests.h"

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define UUID   "4f7e2d0a-0b1c-4d2e-8f30-123456789abc"
#define DEVICE "sys/bus/pci/devices/0000:01:00.0"
#define WORDS(...)                \
	{                         \
		__VA_ARGS__, NULL \
	}

static const struct {
	const char *name, *tree, *driver, *wanted;
} rows[] = {
	{"a guest, through the group",
	 "d proc/1/fd\nl proc/812/fd/3 /dev/vfio/7\nf proc/812/comm qemu|", "vfio-pci",
	 "qemu, process 812"},
	{"a guest, through the device",
	 "d proc/1/fd\nd " DEVICE "/vfio-dev/vfio3\nl proc/812/fd/3 /dev/vfio/devices/vfio3",
	 "vfio-pci", "process 812"},
	{"another variant's driver", "d proc/1/fd\nl proc/812/fd/3 /dev/vfio/7",
	 "nvgrace-gpu-vfio-pci", "process 812"},
	{"nobody", "d proc/1/fd\nl proc/812/fd/3 /dev/vfio/70\nl proc/812/fd/4 /dev/vfio/vfio",
	 "vfio-pci", "free"},
	{"processes are hidden", "l proc/812/fd/3 /dev/null", "vfio-pci", "unknown"},
	{"hidden, but for the guest", "l proc/812/fd/3 /dev/vfio/7", "vfio-pci", "process 812"},
	{"a namespace of its own", "d proc/1/fd\nl proc/self/ns/pid pid:[4026532000]", "vfio-pci",
	 "unknown"},
	{"the first namespace", "d proc/1/fd\nl proc/self/ns/pid pid:[4026531836]", "vfio-pci",
	 "free"},
	{"no processes at all", "d sys", "vfio-pci", "unknown"},
	{"the host's driver", "d proc/1/fd", "nouveau", "unknown"},
	{"none", "d proc/1/fd", "", "unknown"},
};

static const char *told(const struct gpu_use *use, char buf[static GPU_USE_TEXT_MAX])
{
	return use->state == USE_GUEST	? gpu_use_format(use, buf)
	       : use->state == USE_FREE ? "free"
					: "unknown";
}

static void find(const char *name, const struct tree *tree, const char *driver, const char *wanted)
{
	const struct bound_function f = {{0, 1, 0, 0}, 0x030000, driver, 7};
	char buf[GPU_USE_TEXT_MAX];
	struct gpu_use use;

	if (test_int(name, guests_find(&tree->root, &f, 1, &use), 0))
		test_text(name, told(&use, buf), wanted);
}

/* Root reads whatever the mode says. */
static void test_closed(void)
{
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, "d proc/1/fd\nd proc/812/fd\nm proc/812/fd 000");
	find("a process is closed", &tree, "vfio-pci", geteuid() == 0 ? "free" : "unknown");
	tree_remove(&tree);
}

static const struct {
	const char *name, *word[8], *wanted;
} lines[] = {
	{"as libvirt starts it",
	 WORDS("/usr/bin/qemu-system-x86_64", "-name", "guest=instance-0000002a,debug-threads=on",
	       "-uuid", UUID),
	 "instance-0000002a (" UUID "), process 0"},
	{"by hand", WORDS("qemu", "--uuid", UUID, "--name", "box"), "box (" UUID "), process 0"},
	{"another order of its parts", WORDS("qemu", "-name", "debug-threads=on,guest=a"),
	 "a, process 0"},
	{"a comma in it", WORDS("qemu", "-name", "guest=a,,b,process=c"), "a,b, process 0"},
	{"control characters", WORDS("qemu", "-name", "guest=a\nb\033[31m"), "a?b?[31m, process 0"},
	{"no UUID", WORDS("qemu", "-uuid", "4f7e2d0a"), "process 0"},
	{"a UUID with more behind it", WORDS("qemu", "-uuid", UUID "x"), "process 0"},
	{"an option without its value", WORDS("qemu", "-name"), "process 0"},
	{"the value of another option", WORDS("qemu", "-append", "name", "x"), "process 0"},
	{"no name in it", WORDS("qemu", "-name", "debug-threads=on"), "process 0"},
};

static void test_words(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char words[512] = "", buf[GPU_USE_TEXT_MAX];
		struct gpu_use use = {.state = USE_GUEST};
		size_t size = 0;

		for (size_t k = 0; lines[i].word[k]; k++)
			size += (size_t)snprintf(words + size, sizeof(words) - size, "%s",
						 lines[i].word[k]) +
				1;
		guest_read_words(words, size, &use);
		test_text(lines[i].name, gpu_use_format(&use, buf), lines[i].wanted);
	}
}

/* One look for all of them. */
static void test_several(void)
{
	const struct bound_function f[] = {{{0, 1, 0, 0}, 0x030000, "vfio-pci", 7},
					   {{0, 1, 0, 1}, 0x040300, "vfio-pci", 7},
					   {{0, 2, 0, 0}, 0x030000, "vfio-pci", 8}};
	struct gpu_use use[ARRAY_SIZE(f)];
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, "d proc/1/fd\nl proc/812/fd/3 /dev/vfio/7");
	test_int("several", guests_find(&tree.root, f, ARRAY_SIZE(f), use), 0);
	test_int("a GPU", use[0].pid, 812);
	test_int("its companion", use[1].pid, 812);
	test_int("another GPU", use[2].state, USE_FREE);
	tree_remove(&tree);
}

TESTS(guests)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, rows[i].tree);
		find(rows[i].name, &tree, rows[i].driver, rows[i].wanted);
		tree_remove(&tree);
	}
	test_closed();
	test_words();
	test_several();
	return test_done();
}
