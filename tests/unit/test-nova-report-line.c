/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/report_line.h"

#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define BOOT	"5f0bd1b5-6d35-4c2f-9a5a-0c6f0f4f7d11"
#define ANOTHER "00000000-6d35-4c2f-9a5a-0c6f0f4f7d11"

/* When it was set: an hour after the boot began. */
#define SET_CS	 360000
#define LATER_CS 720000

static void test_fate(void)
{
	static const struct {
		const char *name;
		struct nova_report_facts facts;
		enum nova_report_fate fate;
	} rows[] = {
		{"nothing is known", {.runs.now = {BOOT, LATER_CS}}, NOVA_REPORT_UNKNOWN},
		{"nova-compute runs since before",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_GOES},
		{"it was started since",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS + 1, 7, false}},
		 NOVA_REPORT_STARTED},
		{"at the same moment",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS, 7, false}},
		 NOVA_REPORT_STARTED},
		{"it was importing its modules, and may have read the file after",
		 {.since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS - 6000, 7, false}},
		 NOVA_REPORT_UNKNOWN},
		{"in another boot",
		 {.since = {ANOTHER, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_UNKNOWN},
		{"it was not noted, as 0.1.0 did not",
		 {.runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_UNKNOWN},
		{"this boot has no id",
		 {.since = {BOOT, SET_CS}, .runs = {{"", 0}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_UNKNOWN},
		{"none runs: it may have",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 0, 0, 0, 0, false}},
		 NOVA_REPORT_UNKNOWN},
		{"a process can't be looked at",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, true}},
		 NOVA_REPORT_UNKNOWN},
		{"Placement has some, whatever was started",
		 {.placement = NOVA_HAS_SOME,
		  .since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_IN_USE},
		{"another unit's runs since before, ours does not run",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 1, 0, 1000, 7, false}},
		 NOVA_REPORT_UNKNOWN},
		{"ours runs since before, another's may have been started with it",
		 {.since = {BOOT, SET_CS}, .runs = {{BOOT, LATER_CS}, 2, 1, SET_CS + 1, 7, false}},
		 NOVA_REPORT_STARTED},
		{"another file has it, too",
		 {.readable = true, .elsewhere = true, .placement = NOVA_HAS_SOME},
		 NOVA_REPORT_GOES},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, nova_report_fate(&rows[i].facts), rows[i].fate);
}

static void test_fate_of_none(void)
{
	static const struct {
		const char *name;
		struct nova_report_facts facts;
		enum nova_report_fate fate;
	} rows[] = {
		{"Placement has none yet, and it was started with the devices",
		 {.placement = NOVA_HAS_NONE,
		  .since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS + 1, 7, false}},
		 NOVA_REPORT_RUNNING},
		{"Placement has none yet, and it was just starting",
		 {.placement = NOVA_HAS_NONE,
		  .since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS - 6000, 7, false}},
		 NOVA_REPORT_RUNNING},
		{"Placement has none yet, and the time when it was set was not noted",
		 {.placement = NOVA_HAS_NONE, .runs = {{BOOT, LATER_CS}, 1, 0, 1000, 7, false}},
		 NOVA_REPORT_RUNNING},
		{"Placement has none yet, and a process can't be looked at",
		 {.placement = NOVA_HAS_NONE, .runs = {{BOOT, LATER_CS}, 0, 0, 0, 0, true}},
		 NOVA_REPORT_RUNNING},
		{"Placement has none, and it runs since before",
		 {.placement = NOVA_HAS_NONE,
		  .since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, 1000, 7, false}},
		 NOVA_REPORT_GOES},
		{"Placement has none, and the file no devices",
		 {.reverted = true,
		  .placement = NOVA_HAS_NONE,
		  .since = {BOOT, SET_CS},
		  .runs = {{BOOT, LATER_CS}, 1, 1, SET_CS + 1, 7, false}},
		 NOVA_REPORT_GOES},
		{"Placement has none, nothing else is known",
		 {.placement = NOVA_HAS_NONE},
		 NOVA_REPORT_GOES},
		{"Placement has none yet, and the file no devices",
		 {.reverted = true,
		  .placement = NOVA_HAS_NONE,
		  .runs = {{BOOT, LATER_CS}, 1, 1, LATER_CS - 3000, 7, false}},
		 NOVA_REPORT_STARTING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, nova_report_fate(&rows[i].facts), rows[i].fate);
}

static void test_why(void)
{
	static const struct {
		struct nova_report_facts facts;
		const char *why;
	} rows[] = {
		{{.contained = true, .since = {BOOT, SET_CS}, .runs.now = {BOOT, LATER_CS}},
		 "it is not known whether it has any: it is not known what a nova-compute outside of this node's own unit, as in a container, was started with"},
		{{.since = {BOOT, SET_CS}, .runs.now = {BOOT, LATER_CS}},
		 "it is not known whether it has any: no nova-compute of this node's unit is known to run"},
		{{.since = {ANOTHER, SET_CS}, .runs.now = {BOOT, LATER_CS}},
		 "it is not known whether it has any: it was set in an earlier boot"},
	};
	char buf[NOVA_REPORT_WHY_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_text(rows[i].why,
			  nova_report_why(&rows[i].facts, nova_report_fate(&rows[i].facts), buf),
			  rows[i].why);
}

static void test_unit(void)
{
	static const struct {
		const char *name, *cgroup, *unit;
		bool in;
	} rows[] = {
		{"of version 2", "0::/system.slice/nova-compute.service", "nova-compute.service",
		 true},
		{"of both",
		 "12:devices:/system.slice/x.service\n1:name=systemd:/system.slice/a.service\n0::/system.slice/a.service\n",
		 "a.service", true},
		{"of version 1", "2:cpu,cpuacct:/\n1:name=systemd:/system.slice/a.service\n",
		 "a.service", true},
		{"of a controller alone", "4:devices:/system.slice/a.service\n0::/\n", "a.service",
		 false},
		{"an instance's slice",
		 "0::/system.slice/system-devstack.slice/devstack@n-cpu.service",
		 "devstack@n-cpu.service", true},
		{"a group below it", "0::/system.slice/a.service/main", "a.service", true},
		{"another unit", "0::/system.slice/nova-compute-ironic.service",
		 "nova-compute.service", false},
		{"a longer name", "0::/system.slice/a.service2", "a.service", false},
		{"LXD's container", "0::/lxc.payload.c1/system.slice/nova-compute.service",
		 "nova-compute.service", false},
		{"nspawn's",
		 "0::/machine.slice/systemd-nspawn@c1.service/payload/system.slice/a.service",
		 "a.service", false},
		{"Docker's", "0::/system.slice/docker-0123.scope", "nova-compute.service", false},
		{"no systemd", "0::/", "nova-compute.service", false},
		{"nothing", "", "nova-compute.service", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].name, nova_runs_in(rows[i].cgroup, rows[i].unit), rows[i].in);
}

#define STAT(start) \
	"7 (nova) compute) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 " start " 9 9\n"

static void test_runs(void)
{
	static const struct {
		const char *name, *command;
		size_t size;
		const char *stat;
		unsigned n, start_cs;
		bool unread;
	} rows[] = {
#define COMMAND(text) text, sizeof(text) - 1
		{"Debian's", COMMAND("/usr/bin/python3\0/usr/bin/nova-compute\0--config-file=x\0"),
		 STAT("4711"), .n = 1, .start_cs = 4711},
		{"with an option of Python's",
		 COMMAND("python3\0-s\0/opt/stack/bin/nova-compute\0"), STAT("1"), .n = 1,
		 .start_cs = 1},
		{"a program of its own", COMMAND("/snap/bin/nova-compute\0"), STAT("2"), .n = 1,
		 .start_cs = 2},
		{"its helper", COMMAND("/usr/bin/python3\0/usr/bin/privsep-helper\0nova-compute\0"),
		 STAT("3"), .n = 0},
		{"an editor", COMMAND("vi\0nova-compute\0"), STAT("4"), .n = 0},
		{"one who restarts it", COMMAND("systemctl\0restart\0nova-compute\0"), STAT("5"),
		 .n = 0},
		{"a kernel thread", "", 0, STAT("6"), .n = 0},
		{"no program", COMMAND("python3\0-s\0"), STAT("7"), .n = 0},
		{"cut off", COMMAND("nova-compute"), "7 (x) S 1", .unread = true},
#undef COMMAND
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nova_runs runs;
		struct tree tree;

		tree_make(&tree);
		tree_file(&tree, "proc/uptime", "3600.25 7000.00\n");
		tree_file(&tree, "proc/sys/kernel/random/boot_id", BOOT "\n");
		tree_bytes(&tree, "proc/7/cmdline", rows[i].command, rows[i].size);
		tree_file(&tree, "proc/7/stat", rows[i].stat);
		tree_file(&tree, "proc/7/cgroup", "0::/system.slice/nova-compute.service\n");
		nova_runs_read(&tree.root, "nova-compute.service", &runs);
		test_int(rows[i].name, (int)runs.n, (int)rows[i].n);
		test_int(rows[i].name, (int)runs.own, (int)rows[i].n);
		test_int(rows[i].name, (int)runs.last_cs, (int)rows[i].start_cs);
		test_int(rows[i].name, runs.last_pid, rows[i].n ? 7 : 0);
		test_int(rows[i].name, runs.unread, rows[i].unread);
		test_text(rows[i].name, runs.now.boot, BOOT);
		test_int(rows[i].name, (int)runs.now.uptime_cs, 360025);
		tree_remove(&tree);
	}
}

static void test_contained(void)
{
	static const struct {
		const char *name, *path, *text, *cgroup;
		bool contained;
	} rows[] = {
		{"its own unit's", "usr/lib/systemd/system/nova-compute.service",
		 "[Service]\nExecStart=/usr/bin/nova-compute\n",
		 "0::/system.slice/nova-compute.service\n", false},
		{"Kolla's", "etc/kolla/nova-compute/nova.conf", "[DEFAULT]\n",
		 "0::/system.slice/docker-0123.scope\n", true},
		{"EDPM's, which another unit starts",
		 "etc/containers/systemd/edpm_nova_compute.container", "[Container]\n",
		 "0::/system.slice/edpm_nova_compute.service/libpod-payload-0123\n", true},
		{"a container's of which no file is here", "etc/nova/nova.conf", "[DEFAULT]\n",
		 "0::/machine.slice/libpod-0123.scope\n", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nova_report_facts facts;
		struct tree tree;

		tree_make(&tree);
		tree_file(&tree, rows[i].path, rows[i].text);
		tree_bytes(&tree, "proc/7/cmdline", "/usr/bin/nova-compute\0", 22);
		tree_file(&tree, "proc/7/stat", STAT("4711"));
		tree_file(&tree, "proc/7/cgroup", rows[i].cgroup);
		test_int(rows[i].name,
			 nova_report_read(&tree.root, "etc/nova/nova.conf.d/x.conf", &facts), 0);
		test_int(rows[i].name, (int)facts.runs.n, 1);
		test_int(rows[i].name, facts.contained, rows[i].contained);
		tree_remove(&tree);
	}
}

TESTS(nova_report_line)
{
	test_fate();
	test_fate_of_none();
	test_why();
	test_unit();
	test_runs();
	test_contained();
	return test_done();
}
