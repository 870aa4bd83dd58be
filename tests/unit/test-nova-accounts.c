/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files nova-compute may read, by the user and the groups that its unit names. */
#include <stdio.h>
#include <unistd.h>

#include "nova/config/effective.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/*
 * The files are of group "files", which has this process's own number: nova.conf only for it. User
 * nova is in group 1001 by its entry, and user own in "files".
 */
static const struct {
	const char *name, *unit, *members; /* of "files"; NULL: /etc/group has no such line */
	bool readable;
	const char *number_of; /* a setting that names the group by its number; NULL: none */
} rows[] = {
	{"its user alone", "User=nova", "", false, NULL},
	{"the group has it as a member", "User=nova", "nova", true, NULL},
	{"the unit's group", "User=nova|Group=files", "", true, NULL},
	{"the unit's group, before its user", "Group=files|User=nova", "", true, NULL},
	{"the unit's group, by its number", "User=nova", "", true, "Group"},
	{"the unit's group, taken back", "User=nova|Group=files|Group=", "", false, NULL},
	{"another group is in the place of its own", "User=own|Group=other", "", false, NULL},
	{"but for what it is a member of", "User=own|Group=other", "own", true, NULL},
	{"no such group", "User=own|Group=none", "", true, NULL},
	{"its own", "User=own", "", true, NULL},
	{"a further one", "User=nova|SupplementaryGroups=files", "", true, NULL},
	{"two further ones", "User=nova|SupplementaryGroups=other files", "", true, NULL},
	{"in two lines", "User=nova|SupplementaryGroups=files|SupplementaryGroups=other", "", true,
	 NULL},
	{"taken back", "User=nova|SupplementaryGroups=files|SupplementaryGroups=", "", false, NULL},
	{"taken back, and another",
	 "User=nova|SupplementaryGroups=files|SupplementaryGroups=|"
	 "SupplementaryGroups=other",
	 "", false, NULL},
	{"a further one, by its number", "User=nova", "", true, "SupplementaryGroups"},
	{"a number that /etc/group does not have", "User=nova", NULL, true, "Group"},
	{"another one, in the place of its own", "User=own|Group=99994", "", false, NULL},
	{"a further one that /etc/group does not have", "User=nova", NULL, true,
	 "SupplementaryGroups"},
	{"a further one that is none", "User=nova|SupplementaryGroups=none", "", false, NULL},
};

static void make_node(const struct tree *tree, size_t i)
{
	unsigned files = (unsigned)getegid();
	char number[64] = "", line[64] = "", script[640];

	if (rows[i].number_of)
		(void)snprintf(number, sizeof(number), "%s=%u|", rows[i].number_of, files);
	if (rows[i].members)
		(void)snprintf(line, sizeof(line), "files:x:%u:%.16s|", files, rows[i].members);
	(void)snprintf(script, sizeof(script),
		       "f usr/lib/systemd/system/nova-compute.service [Service]|%.128s|%s"
		       "ExecStart=/usr/bin/nova-compute --config-file=/etc/nova/nova.conf|\n"
		       "f etc/passwd nova:x:99991:99991::/:/bin/sh|own:x:99992:%u::/:/bin/sh|\n"
		       "f etc/group %sother:x:99993:|\n"
		       "f etc/nova/nova.conf [pci]|\nm etc/nova/nova.conf 640\n",
		       rows[i].unit, number, files, line);
	tree_script(tree, script);
}

static void test_groups(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct effective effective;
		struct tree tree;

		tree_make(&tree);
		make_node(&tree, i);
		test_int("read", effective_read(&tree.root, NULL, &effective), 0);
		test_text(rows[i].name, effective.error.type ? effective.error.text : "",
			  rows[i].readable
				  ? ""
				  : "Failed to open some config files: /etc/nova/nova.conf");
		effective_free(&effective);
		tree_remove(&tree);
	}
}

/* A second look goes by the same user and groups. */
static void test_copy(void)
{
	struct launch launch = {0}, copy = {0};

	test_int("a unit",
		 launch_take_unit(&launch, "[Service]\nUser=nova\nGroup=files\n"
					   "SupplementaryGroups=other more\n"),
		 0);
	test_int("it is copied", launch_copy(&launch, &copy), 0);
	test_text("its user", copy.user ? copy.user : "", "nova");
	test_text("its group", copy.group ? copy.group : "", "files");
	test_int("two more", (long)copy.more_groups.n, 2);
	for (size_t i = 0; i < copy.more_groups.n; i++)
		test_text("in order", copy.more_groups.text[i], launch.more_groups.text[i]);
	launch_free(&copy);
	launch_free(&launch);
}

TESTS(nova_accounts)
{
	test_groups();
	test_copy();
	return test_done();
}
