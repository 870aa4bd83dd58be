/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/effective.h"
#include "nova/config/launch_text.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

#define MISSING "!Failed to load environment files: "
#define DOUBT	" can't be read: Operation not supported: so it is not known what nova-compute reads"

/* What systemd makes of variables; there are /a, /b and /c. '|' is a newline. */
static const struct {
	const char *name, *unit, *files, *expected;
} variable_rows[] = {
	{"set twice: the later counts", "EnvironmentFile=/e/1|EnvironmentFile=/e/2|ExecStart=n $V",
	 "f e/1 V=--config-file=/a|V=--config-file=/b|\nf e/2 V=--config-file=/c|\n", "/c"},
	{"a file beats the unit",
	 "EnvironmentFile=/e/1|Environment=V=--config-file=/a|ExecStart=n $V",
	 "f e/1 V=--config-file=/b|\n", "/b"},
	{"the unit's", "Environment=W=1 \"V=--config-file /a\" 'X=y'|ExecStart=n $V", "", "/a"},
	{"the unit's, dropped",
	 "Environment=V=--config-file=/a|Environment=|ExecStart=n $V --config-file=/b", "", "/b"},
	{"at their place", "EnvironmentFile=/e/1|ExecStart=n $V --config-file /c",
	 "f e/1 V=--config-file /b --config-file=/a|\n", "/b /a /c"},
	{"in braces: one word, or a part of one",
	 "Environment=\"V=--config-file /a\" F=/b|ExecStart=n ${V} --config-file=${F}", "", "/b"},
	{"a longer name, a part of a word, a dollar sign",
	 "Environment=V=--config-file=/a F=/b|ExecStart=n $VV x$V $$V --config-file $F", "", "/b"},
	{"a script's",
	 "Environment=\"V=--config-file /a\"|ExecStart=/bin/sh -c 'exec n $V $$V ${V}'", "",
	 "/a /a /a"},
	{"no expansion", "Environment=V=--config-file=/a|ExecStart=:n $V --config-file=/b", "",
	 "/b"},
	{"lines that go on", "EnvironmentFile=/e/1|ExecStart=n $V",
	 "f e/1 # no \\|V=--config-file=/a \\|--config-file=/b|\n", "/a /b"},
	{"quotes over lines", "EnvironmentFile=/e/1|ExecStart=n $V $W",
	 "f e/1 V=\"--x|--config-file=/a|X=\\|\"|W='--config-file=/b|V='|\n", "/a /b"},
	{"backslashes, blanks, what is no name",
	 "EnvironmentFile=/e/1|ExecStart=n $V --config-file=${W}|",
	 "f e/1 export W=/c| V = --config-file=\\/a \t|W=\"/\\b\"|W='/b' |\n", "/a /b"},
	{"a wildcard", "EnvironmentFile=/e/*.env|ExecStart=n $V $W",
	 "f e/2.env V=--config-file=/b|\nf e/1.env V=--config-file=/a|\nf e/x W=--config-file=/c|\n",
	 "/b"},
	{"a wildcard that finds nothing", "EnvironmentFile=/e/*.env|ExecStart=n", "f e/x V=1|\n",
	 MISSING "No such file or directory: '/e/*.env'"},
	{"one that need not", "EnvironmentFile=-/e/*.env|ExecStart=n --config-file=/a", "", "/a"},
	{"a wildcard of folders", "EnvironmentFile=-/*/x|ExecStart=n", "", "!/*/x" DOUBT},
	{"a specifier", "EnvironmentFile=-/e/%p|ExecStart=n", "", "!/e/%p" DOUBT},
	{"not there", "EnvironmentFile=/e/1|ExecStart=n", "",
	 MISSING "No such file or directory: '/e/1'"},
	{"a folder", "EnvironmentFile=/e|ExecStart=n", "d e\n", MISSING "Is a directory: '/e'"},
	{"neither need be one",
	 "EnvironmentFile=-/e|EnvironmentFile=-/e/1|ExecStart=n --config-file=/a", "d e\n", "/a"},
	{"dropped", "EnvironmentFile=/e/1|EnvironmentFile=|ExecStart=n --config-file=/a", "", "/a"},
	{"blanks behind it, and one that is not absolute",
	 "EnvironmentFile=e/2|EnvironmentFile=-/e/1 \t|ExecStart=n $V",
	 "f e/1 V=--config-file=/a|\n", "/a"},
	{"words that set nothing",
	 "Environment=1V=--config-file=/b V W=--config\\-file=/a|ExecStart=n $1V $W", "", "/a"},
	{"lines that set nothing",
	 "#ExecStart=n --config-file=/b|;User=x|nothing|ExecStart=n --config-file=/a|[Install]|ExecStart=n",
	 "", "/a"},
	{"braces that are not closed, a dollar sign alone",
	 "Environment=V=--config-file=/a|ExecStart=n ${V $ ${} --config-file=/b", "", "/b"},
	{"a file that ends in a backslash", "EnvironmentFile=/e/1|ExecStart=n $V $W",
	 "f e/1 ;W=1|nothing|W=--config-file=/b|V=--config-file=/a\\\n", "/a /b"},
	{"quotes in quotes, and a quote that is not closed", "EnvironmentFile=/e/1|ExecStart=n $V",
	 "f e/1 X=\"a\\\"b\\c\\|d\"|V=\"--config-file=/a\n", "/a"},
};

/* The files that are read, or the error. */
static void check_files(const char *name, const struct tree *tree, const char *expected)
{
	struct effective effective;
	char text[512] = "";

	test_int(name, effective_read(&tree->root, NULL, &effective), 0);
	for (size_t i = 0; i < effective.config.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 effective.config.file[i].path);
	if (effective.error.type)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "!%s",
			 effective.error.text);
	test_text(name, text, expected);
	effective_free(&effective);
}

static void test_variables(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(variable_rows); i++) {
		char unit[512];
		struct tree tree;

		tree_make(&tree);
		snprintf(unit, sizeof(unit),
			 "f usr/lib/systemd/system/nova-compute.service [Service]|%s|\n",
			 variable_rows[i].unit);
		tree_script(&tree, unit);
		tree_script(&tree, "f a [pci]\nf b [pci]\nf c [pci]\n");
		tree_script(&tree, variable_rows[i].files);
		check_files(variable_rows[i].name, &tree, variable_rows[i].expected);
		tree_remove(&tree);
	}
}

static const struct {
	const char *command;
	bool contained;
} container_rows[] = {
	{"/usr/bin/nova-compute --config-file /etc/nova/nova.conf", false},
	{"/usr/bin/docker start -a nova-compute", true},
	{"-/usr/bin/podman run -v /etc/nova:/etc/nova:ro nova-compute", false},
	{"@+podman run --volume=/etc/nova/:/etc/nova nova-compute", false},
	{"/usr/bin/nerdctl run --mount type=bind,source=/etc/nova,target=/etc/nova nova", false},
	{"/usr/bin/docker run -v /srv/etc/nova:/etc/nova nova-compute", true},
	{"/usr/bin/docker run -v \"/etc/nova:/etc/nova\" nova-compute", false},
	{"/usr/bin/dockerd", false},
	{"", false},
};

static void test_containers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(container_rows); i++)
		test_int(container_rows[i].command, launch_is_contained(container_rows[i].command),
			 container_rows[i].contained);
}

static const char *format_arguments(const struct launch *launch, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < launch->n; i++)
		text_join(buf, size, " ", launch->argument[i].path);
	return buf;
}

/* What Debian's init script reads, and a copy of it. */
static void test_defaults(void)
{
	static const struct {
		const char *defaults, *expected;
	} rows[] = {
		{"X=1\n  export DAEMON_ARGS=\"$DAEMON_ARGS --config-file=/b\"\n", "/a /b"},
		{"DAEMON_ARGS=\"${DAEMON_ARGS} --config-file=/c\"\n", "/a /b /c"},
		{"DAEMON_ARGS=--config-file=/d\n", "/d"},
	};
	struct launch launch = {0}, copy = {0};
	char text[64], line[] = "OS_PCI__ALIAS=1 OS_FILTER_SCHEDULER__PCI_IN_PLACEMENT=1 HOME=/";

	test_int("a command", launch_take_words(&launch, "n --config-file=/a"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		test_int(rows[i].defaults, launch_take_defaults(&launch, rows[i].defaults), 0);
		test_text(rows[i].defaults, format_arguments(&launch, text, sizeof(text)),
			  rows[i].expected);
	}
	test_int("another unit", text_list_add(&launch.others, "x.service"), 0);
	test_int("groups", text_list_add(&launch.more_groups, "kvm"), 0);
	test_int("variables", variables_take_line(&launch.environment, line), 0);
	test_int("a copy", launch_copy(&launch, &copy), 0);
	launch_free(&launch);
	test_text("its arguments", format_arguments(&copy, text, sizeof(text)), "/d");
	test_text("its other unit", copy.others.text[0], "x.service");
	test_text("its groups", copy.more_groups.text[0], "kvm");
	launch_drop_variables(&copy);
	test_int("the variables that beat files", (long)copy.environment.n, 2);
	launch_free(&copy);
}

TESTS(nova_variables)
{
	test_defaults();
	test_containers();
	test_variables();
	return test_done();
}
