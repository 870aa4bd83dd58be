/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/policy.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void hash_of(const char *script, char hash[static 17])
{
	struct policy policy;
	struct tree tree;

	tree_make(&tree);
	tree_script(&tree, script);
	if (policy_read(&tree.root, &policy) != 0)
		abort();
	memcpy(hash, policy.hash, 17);
	policy_free(&policy);
	tree_remove(&tree);
}

/* Reckoned by another program: records outlive the program that wrote them. */
static void test_values(void)
{
	char hash[17];

	hash_of("", hash);
	test_text("nothing configured", hash, "adb68df5cd827545");
	hash_of("f etc/gpuclaim/gpuclaim.conf skip address=0000:01:00.0|claim 10DE:1C81", hash);
	test_text("a claim and a skip", hash, "aab217c448ca6a5b");
	hash_of("f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|claim", hash);
	test_text("voided", hash, "283c564902a6ef5c");
}

static void test_same(void)
{
	static const struct {
		const char *name, *a, *b;
	} rows[] = {
		{"layout and comments", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf # GPU||\tclaim  10DE:1c81 # one"},
		{"another file", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f usr/lib/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:1c81"},
		{"order of lines", "f etc/gpuclaim/gpuclaim.conf claim 10de:0001|skip 10de:0002",
		 "f etc/gpuclaim/gpuclaim.conf skip 10de:0002|claim 10de:0001"},
		{"order of keys",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:* class=03 subsystem=10de:0001",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:* subsystem=10de:0001 class=03"},
		{"said twice", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|claim 10de:1c81"},
		{"a default spelt out", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|set rebind=companions|set "
		 "expect=any"},
		{"overruled", "f etc/gpuclaim/gpuclaim.conf set rebind=no",
		 "f etc/gpuclaim/gpuclaim.conf set rebind=yes|set rebind=no"},
		{"a mask", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\n"
		 "l etc/gpuclaim/gpuclaim.conf.d/1.conf /dev/null\n"
		 "f run/gpuclaim/gpuclaim.conf.d/1.conf claim 10de:1c82"},
		{"the command line is no file", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81\n"
		 "f proc/cmdline gpuclaim.ids=10de:1c82 gpuclaim.rebind=no gpuclaim.skip=x"},
		{"what is done after the boot", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|set return-to-service=auto|"
		 "set run-before-return=/usr/local/sbin/scrub"},
		{"armed or not", "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|set arm=karg",
		 "f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|set arm=karg\n"
		 "f proc/cmdline gpuclaim=1"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char a[17], b[17];

		hash_of(rows[i].a, a);
		hash_of(rows[i].b, b);
		test_text(rows[i].name, a, b);
	}
}

static void test_different(void)
{
	static const char *const scripts[] = {
		"",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c82",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:*",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:0000",
		"f etc/gpuclaim/gpuclaim.conf skip 10de:1c81",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 address=0000:01:00.0",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 class=03",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 class=0300",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 class=030000",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 subsystem=0000:0000",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 functions=0",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81 functions=0-1",
		"f etc/gpuclaim/gpuclaim.conf claim 10de:1c81|claim 10de:1c82",
		"f etc/gpuclaim/gpuclaim.conf set boot-vga=allow",
		"f etc/gpuclaim/gpuclaim.conf set companions=none",
		"f etc/gpuclaim/gpuclaim.conf set rebind=no",
		"f etc/gpuclaim/gpuclaim.conf set driver=auto",
		"f etc/gpuclaim/gpuclaim.conf set driver=vfio_pci",
		"f etc/gpuclaim/gpuclaim.conf set arm=karg",
		"f etc/gpuclaim/gpuclaim.conf set expect=0",
		"f etc/gpuclaim/gpuclaim.conf set expect=1",
		"f etc/gpuclaim/gpuclaim.conf set isolation=require",
		"f etc/gpuclaim/gpuclaim.conf nonsense",
		"f etc/gpuclaim/gpuclaim.conf skip 10de:1c81|nonsense",
	};
	char hashes[ARRAY_SIZE(scripts)][17];

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		unsigned same = 0;
		char name[32];

		hash_of(scripts[i], hashes[i]);
		for (size_t j = 0; j < i; j++)
			same += strcmp(hashes[i], hashes[j]) == 0;
		(void)snprintf(name, sizeof(name), "meaning %zu is another one", i + 1);
		test_int(name, same, 0);
	}
}

TESTS(fingerprint)
{
	test_values();
	test_same();
	test_different();
	return test_done();
}
