/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/release.h"

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

static void test_names(void)
{
	static const struct {
		const char *text;
		unsigned release; /* 0: none */
	} rows[] = {
		{"rocky", 18},	  {"Zed", 26},	     {"zed ", 0},      {"2023.1", 27},
		{"Antelope", 27}, {"2025.1", 31},    {"epoxy", 31},    {"EPOXY", 31},
		{"31", 31},	  {"2026.2", 34},    {"hibiscus", 34}, {"34", 34},
		{"35", 0},	  {"17", 0},	     {"queens", 0},    {"", 0},
		{"2025", 0},	  {"2025.10", 0},    {"031", 0},       {"31.0.0", 0},
		{"yoga", 25},	  {"stein", 19},     {"train", 20},    {"ussuri", 21},
		{"victoria", 22}, {"wallaby", 23},   {"xena", 24},     {"bobcat", 28},
		{"caracal", 29},  {"dalmatian", 30}, {"flamingo", 32}, {"gazpacho", 33},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned release = 0;
		int r = nova_release_parse(rows[i].text, &release);

		test_int(rows[i].text, (long)release, (long)rows[i].release);
		test_int("and says so", r, rows[i].release ? 0 : -EINVAL);
	}
	for (unsigned n = NOVA_OLDEST; n <= NOVA_NEWEST; n++) {
		unsigned again = 0;

		test_int("its name is read", nova_release_parse(nova_release_name(n), &again), 0);
		test_int("as itself", (long)again, (long)n);
	}
	test_int("none before", !nova_release_name(NOVA_OLDEST - 1), 1);
	test_text("the newest, in texts", nova_release_name(NOVA_NEWEST), NOVA_NEWEST_NAME);
	test_int("none after", !nova_release_name(NOVA_NEWEST + 1), 1);
}

static void test_features(void)
{
	static const struct {
		enum nova_feature feature;
		unsigned since;
	} rows[] = {
		{NOVA_NUMA_SOCKET, 23},		{NOVA_DEVICE_SPEC, 26},
		{NOVA_REPORT_IN_PLACEMENT, 26}, {NOVA_PCI_IN_PLACEMENT, 27},
		{NOVA_ALIAS_PLACEMENT, 27},	{NOVA_MANAGED, 31},
		{NOVA_LIVE_MIGRATABLE, 31},	{NOVA_ONE_TIME_USE, 32},
		{NOVA_ALIAS_AT_START, 32},	{NOVA_OWNER_TRAIT, 34},
		{NOVA_NO_OLD_FILTERS, 24},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_int("not before", nova_accepts(rows[i].since - 1, rows[i].feature), 0);
		test_int("from then on", nova_accepts(rows[i].since, rows[i].feature), 1);
		test_int("and now", nova_accepts(NOVA_NEWEST, rows[i].feature), 1);
	}
}

static void test_packages(void)
{
	static const struct {
		const char *name;
		unsigned release;
	} rows[] = {
		{"nova-31.0.0.dist-info", 31},
		{"nova-26.2.2.egg-info", 26},
		{"nova-34.1.0.dev12.dist-info", 34},
		{"nova-powervm-10.0.0.dist-info", 0},
		{"nova", 0},
		{"nova-31.0.0", 0},
		{"nova-31.dist-info", 31},
		{"nova-.dist-info", 0},
		{"novajoin-1.3.0.egg-info", 0},
		{"nova-99999999999999999999.0.dist-info", 0},
		{"nova-9999.0.dist-info", 9999},
		{"nova-10000.0.dist-info", 0},
		{"python_nova-31.0.0.dist-info", 0},
		{"nova-3x.0.dist-info", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, (long)nova_release_of_package(rows[i].name),
			 (long)rows[i].release);
}

static void test_installed(void)
{
	static const struct {
		const char *name, *script;
		unsigned release;
	} rows[] = {
		{"nothing", "", 0},
		{"another package", "d usr/lib/python3/dist-packages/novaclient-1.0.egg-info\n", 0},
		{"Debian", "d usr/lib/python3/dist-packages/nova-26.2.2.egg-info\n", 26},
		{"RDO", "d usr/lib/python3.9/site-packages/nova-29.2.0-py3.9.egg-info\n", 29},
		{"pip", "d usr/local/lib/python3.12/dist-packages/nova-32.0.0.dist-info\n", 32},
		{"Kolla",
		 "d var/lib/kolla/venv/lib/python3.12/site-packages/nova-31.1.0.dist-info\n", 31},
		{"OpenStack-Ansible, an old one too",
		 "d "
		 "openstack/venvs/nova-30.0.0/lib/python3.11/site-packages/nova-30.0.0.dist-info\n"
		 "d "
		 "openstack/venvs/nova-31.0.0/lib/python3.11/site-packages/nova-31.0.0.dist-info\n"
		 "f openstack/venvs/README x\n",
		 31},
		{"older than we know", "d usr/lib/python3/dist-packages/nova-14.0.0.egg-info\n",
		 18},
		{"newer than we know", "d usr/lib/python3/dist-packages/nova-40.0.0.dist-info\n",
		 34},
		{"python2", "d usr/lib/python2.7/dist-packages/nova-18.0.0.egg-info\n", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned release = 0;
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, rows[i].script);
		test_int("looked for", nova_release_installed(&tree.root, &release),
			 rows[i].release ? 0 : -ENOENT);
		test_int(rows[i].name, (long)release, (long)rows[i].release);
		tree_remove(&tree);
	}
}

TESTS(nova_release)
{
	test_names();
	test_features();
	test_packages();
	test_installed();
	return test_done();
}
