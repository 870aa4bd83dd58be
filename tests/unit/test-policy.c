/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/policy.h"

#include "tests/unit/policy_text.h"
#include "tests/unit/test.h"

#define ID "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81, or VENDOR:*"

static const struct policy_row layers[] = {
	{"nothing at all", "", ""},
	{"empty folders", "d etc/gpuclaim/gpuclaim.conf.d\nd run/gpuclaim", ""},
	{"main file", "f etc/gpuclaim/gpuclaim.conf claim 10de:0001", "claim 10de:0001; "},
	{"main file in /run", "f run/gpuclaim/gpuclaim.conf claim 10de:0001", "claim 10de:0001; "},
	{"main file in /usr/lib", "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0001",
	 "claim 10de:0001; "},
	{"main file elsewhere",
	 "f etc/gpuclaim.conf claim 10de:0001\nf lib/gpuclaim/gpuclaim.conf claim "
	 "10de:0002\n"
	 "f usr/local/lib/gpuclaim/gpuclaim.conf claim 10de:0003",
	 ""},
	{"/etc hides /run and /usr/lib",
	 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0003\n"
	 "f run/gpuclaim/gpuclaim.conf claim 10de:0002\n"
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001",
	 "claim 10de:0001; "},
	{"/run hides /usr/lib",
	 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0003\n"
	 "f run/gpuclaim/gpuclaim.conf claim 10de:0002",
	 "claim 10de:0002; "},
	{"a hidden file may be broken",
	 "f usr/lib/gpuclaim/gpuclaim.conf nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001",
	 "claim 10de:0001; "},
	{"drop-ins without a main file",
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001", "claim 10de:0001; "},
	{"drop-ins add to a main file of another layer",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0002",
	 "claim 10de:0001; claim 10de:0002; "},
	{"drop-ins are sorted by name across layers",
	 "f etc/gpuclaim/gpuclaim.conf.d/30.conf claim 10de:0003\n"
	 "f run/gpuclaim/gpuclaim.conf.d/10.conf claim 10de:0001\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/20.conf claim 10de:0002\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/40.conf claim 10de:0004\n"
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0000",
	 "claim 10de:0000; claim 10de:0001; claim 10de:0002; claim 10de:0003; "
	 "claim 10de:0004; "},
	{"bytes sort, not numbers or letters",
	 "f etc/gpuclaim/gpuclaim.conf.d/9.conf claim 10de:0009\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/10.conf claim 10de:0010\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/a.conf claim 10de:000a\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/B.conf claim 10de:000b",
	 "claim 10de:0010; claim 10de:0009; claim 10de:000b; claim 10de:000a; "},
	{"a name in a higher layer replaces it",
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001\n"
	 "f run/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0002\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf nonsense",
	 "claim 10de:0001; "},
	{"/run replaces /usr/lib",
	 "f run/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0002\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0003",
	 "claim 10de:0002; "},
	{"the later drop-in wins",
	 "f etc/gpuclaim/gpuclaim.conf set rebind=no|set boot-vga=allow\n"
	 "f usr/lib/gpuclaim/gpuclaim.conf.d/2.conf set rebind=yes\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf set rebind=no|set expect=2",
	 "boot-vga=allow; rebind=yes; expect=2; "},
	{"a default that a drop-in restores",
	 "f etc/gpuclaim/gpuclaim.conf set boot-vga=allow\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf set boot-vga=refuse",
	 ""},
	{"other names don't count",
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf~ nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.conf.rpmsave nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/.1.conf nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/.conf nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/conf nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/1.CONF nonsense\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/README nonsense\n"
	 "d etc/gpuclaim/gpuclaim.conf.d/deeper\n"
	 "f etc/gpuclaim/gpuclaim.conf.d/deeper/1.conf nonsense\n"
	 "f etc/gpuclaim/other.conf nonsense",
	 ""},
};

static void test_layers(void)
{
	policy_check(layers, ARRAY_SIZE(layers));
}

static void test_masks(void)
{
	static const struct policy_row rows[] = {
		{"an empty drop-in masks",
		 "f etc/gpuclaim/gpuclaim.conf.d/1.conf \n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/2.conf claim 10de:0002",
		 "claim 10de:0002; "},
		{"a link to /dev/null masks",
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf /dev/null\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001",
		 ""},
		{"a relative link to /dev/null masks",
		 "l run/gpuclaim/gpuclaim.conf.d/1.conf ../../../dev/null\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001",
		 ""},
		{"a winding link to /dev/null masks",
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf ./.././../..//..//dev/../dev//./null\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001",
		 ""},
		{"a mask hides what is broken",
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf /dev/null\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf nonsense",
		 ""},
		{"a masked main file hides the others",
		 "l etc/gpuclaim/gpuclaim.conf /dev/null\n"
		 "f run/gpuclaim/gpuclaim.conf claim 10de:0001\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0002\n"
		 "f run/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0003",
		 "claim 10de:0003; "},
		{"an empty main file hides the others",
		 "f run/gpuclaim/gpuclaim.conf \n"
		 "f usr/lib/gpuclaim/gpuclaim.conf claim 10de:0002",
		 ""},
		{"a mask in a lower layer masks nothing",
		 "f etc/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001\n"
		 "l usr/lib/gpuclaim/gpuclaim.conf.d/1.conf /dev/null",
		 "claim 10de:0001; "},
		{"a file of comments hides too",
		 "f etc/gpuclaim/gpuclaim.conf.d/1.conf # nothing\n"
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0001",
		 ""},
		{"a link to a file is that file",
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf ../../../opt/gpus\n"
		 "f opt/gpus claim 10de:0001",
		 "claim 10de:0001; "},
		{"an absolute link stays below the root",
		 "l etc/gpuclaim/gpuclaim.conf /opt/gpus\nf opt/gpus claim 10de:0001",
		 "claim 10de:0001; "},
		{"a folder that is a link",
		 "l etc/gpuclaim /opt/gpuclaim\nf opt/gpuclaim/gpuclaim.conf claim 10de:0001\n"
		 "f opt/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0002",
		 "claim 10de:0001; claim 10de:0002; "},
	};

	policy_check(rows, ARRAY_SIZE(rows));
}

static const struct policy_row cmdlines[] = {
	{"added to the files",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:0009\n"
	 "f proc/cmdline gpuclaim.ids=10de:0002 gpuclaim.skip=0000:01:00.0 "
	 "gpuclaim.addresses=0000:3b:00.0=10de:2330|",
	 "skip 10de:0009; skip address=0000:01:00.0; claim 10de:0001; claim 10de:0002; "
	 "claim 10de:2330 address=0000:3b:00.0; "},
	{"its settings beat the files'",
	 "f etc/gpuclaim/gpuclaim.conf set rebind=yes|set boot-vga=allow\n"
	 "f proc/cmdline gpuclaim.rebind=no gpuclaim.expect=1",
	 "boot-vga=allow; rebind=no; expect=1; "},
	{"a default beats the files' too",
	 "f etc/gpuclaim/gpuclaim.conf set boot-vga=allow|set companions=none|set "
	 "driver=auto\n"
	 "f proc/cmdline gpuclaim.boot-vga=refuse gpuclaim.companions=slot "
	 "gpuclaim.driver=vfio-pci",
	 ""},
	{"a bare address", "f proc/cmdline gpuclaim.addresses=0000:3B:00.0",
	 "claim address=0000:3b:00.0; W gpuclaim.addresses=0000:3b:00.0: identity not "
	 "checked; write 0000:3b:00.0=VENDOR:DEVICE; "},
	{"not armed",
	 "f etc/gpuclaim/gpuclaim.conf set arm=karg|claim 10de:0001|skip 10de:0009\n"
	 "f proc/cmdline gpuclaim.ids=10de:0002",
	 "skip 10de:0009; claim 10de:0002; disarmed claim 10de:0001; arm=karg; "},
	{"armed",
	 "f etc/gpuclaim/gpuclaim.conf set arm=karg|claim 10de:0001\n"
	 "f proc/cmdline gpuclaim=1",
	 "claim 10de:0001; arm=karg; "},
	{"armed by its own setting",
	 "f etc/gpuclaim/gpuclaim.conf set arm=karg|claim 10de:0001\n"
	 "f proc/cmdline gpuclaim.arm=always",
	 "claim 10de:0001; "},
	{"not armed by its own setting",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\nf proc/cmdline gpuclaim.arm=karg",
	 "disarmed claim 10de:0001; arm=karg; "},
	{"off", "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\nf proc/cmdline gpuclaim=0",
	 "off by kernel argument; claim 10de:0001; "},
	{"off in the initramfs only", "f etc/initrd-release x\nf proc/cmdline rd.gpuclaim=0",
	 "off in initramfs; initramfs; "},
	{"not off in the real root", "f proc/cmdline rd.gpuclaim=0", ""},
	{"an initramfs", "f etc/initrd-release x", "initramfs; "},
	{"a rescue entry", "f proc/cmdline BOOT_IMAGE=(hd0,gpt2)/vmlinuz-0-rescue-ab12 gpuclaim=1",
	 "off in a rescue boot; "},
	{"a crash kernel", "f proc/vmcore x\nf proc/cmdline gpuclaim=1", "off in crash kernel; "},
	{"a bad list is void",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\n"
	 "f proc/cmdline gpuclaim.ids=10de:0002,10de "
	 "gpuclaim.addresses=0000:3b:00.0=10de:0003",
	 "claim 10de:0001; claim 10de:0003 address=0000:3b:00.0; E kernel argument "
	 "gpuclaim.ids: found \"10de\", expected VENDOR:DEVICE, as in 10de:1c81, or VENDOR:*; "
	 "nothing in this argument counts; "},
	{"a bad skip voids all claims",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:0009\n"
	 "f proc/cmdline gpuclaim.ids=10de:0002 gpuclaim.skip=1:0.0",
	 "skip 10de:0009; E kernel argument gpuclaim.skip: found \"1:0.0\", expected a full "
	 "PCI address, as in 0000:3b:00.0; nothing is claimed; "},
	{"a bad skip voids disarmed claims",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|set arm=karg\n"
	 "f proc/cmdline gpuclaim.skip=1:0.0",
	 "arm=karg; E kernel argument gpuclaim.skip: found \"1:0.0\", expected a full PCI "
	 "address, as in 0000:3b:00.0; nothing is claimed; "},
	{"an unknown parameter voids all claims",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\n"
	 "f proc/cmdline gpuclaim.skips=0000:01:00.0",
	 "E kernel argument gpuclaim.skips: found \"0000:01:00.0\", expected gpuclaim.ids=, "
	 ".addresses=, .skip= or a setting, as in gpuclaim.boot-vga=; nothing is claimed; "},
	{"a command line that can't be read",
	 "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:0009\nd proc/cmdline",
	 "skip 10de:0009; E /proc/cmdline: can't be read: Is a directory; nothing is claimed; "},
};

static void test_cmdline(void)
{
	policy_check(cmdlines, ARRAY_SIZE(cmdlines));
}

static void test_files(void)
{
	struct policy policy;
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, "f etc/gpuclaim/gpuclaim.conf claim 10de:0001\n"
			   "l etc/gpuclaim/gpuclaim.conf.d/1.conf /dev/null\n"
			   "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:0002\n"
			   "f usr/lib/gpuclaim/gpuclaim.conf.d/2.conf |claim|skip 10de:0003\n"
			   "f run/gpuclaim/gpuclaim.conf.d/3.conf ");
	if (policy_read(&tree.root, &policy) != 0)
		abort();
	if (test_int("the effective set", (long)policy.n_files, 4)) {
		test_text("main", policy.files[0].path, "etc/gpuclaim/gpuclaim.conf");
		test_int("main", policy.files[0].masked || policy.files[0].error, false);
		test_text("mask", policy.files[1].path, "etc/gpuclaim/gpuclaim.conf.d/1.conf");
		test_int("mask", policy.files[1].masked && !policy.files[1].error, true);
		test_text("broken", policy.files[2].path,
			  "usr/lib/gpuclaim/gpuclaim.conf.d/2.conf");
		test_text("broken", policy.files[2].error,
			  "/usr/lib/gpuclaim/gpuclaim.conf.d/2.conf:2:6: found the end of the "
			  "line, " ID);
		test_int("empty", policy.files[3].masked && !policy.files[3].error, true);
	}
	if (test_int("its skip line", (long)policy.n_rules, 1)) {
		test_text("its skip line", policy.rules[0].source, policy.files[2].path);
		test_int("its skip line", policy.rules[0].line, 3);
	}
	policy_free(&policy);
	test_int("freed", !policy.rules && !policy.files && !policy.errors, true);
	tree_remove(&tree);
}

/* What to do is told once: what an error of a file costs, if there is one. */
static void test_remedy(void)
{
	static const struct {
		const char *name, *files, *expected;
	} rows[] = {
		{"of the command line", "f proc/cmdline gpuclaim.skip=x",
		 "correct each place that is named"},
		{"of a file, too",
		 "f proc/cmdline gpuclaim.skip=x\nf etc/gpuclaim/gpuclaim.conf claim",
		 "correct each place that is named: until then no claim line of any file counts"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct policy policy;
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, rows[i].files);
		if (policy_read(&tree.root, &policy) != 0)
			abort();
		test_text(rows[i].name, policy_remedy(&policy), rows[i].expected);
		policy_free(&policy);
		tree_remove(&tree);
	}
}

TESTS(policy)
{
	test_remedy();
	test_layers();
	test_masks();
	test_cmdline();
	test_files();
	return test_done();
}
