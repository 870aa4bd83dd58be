/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/stat.h>

#include "nova/config/effective.h"
#include "tests/unit/test.h"
#include "tests/unit/tree.h"

/* "section/key@line=value;" of each entry, then the error; has a value ended above it? */
static void format_ini(const struct ini *ini, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < ini->n && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s/%s@%u=%s;", ini->entry[i].section,
				      ini->entry[i].key, ini->entry[i].line, ini->entry[i].value);
	if (ini->error && n < size)
		snprintf(buf + n, size - n, "%u!%s%s", ini->error_line, ini->error,
			 ini->ended ? " (ended)" : "");
}

#define FAILED "Failed to parse f: at f:"
static void test_ini(void)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"nothing", "", ""},
		{"one", "[pci]\na = b\n", "pci/a@2=b;"},
		{"no newline at the end", "[pci]\na = b", "pci/a@2=b;"},
		{"CR and LF", "[pci]\r\na=b\r\nc=d\re=f\r\n", "pci/a@2=b;pci/c@3=d;pci/e@4=f;"},
		{"a colon", "[pci]\na: b=c\n", "pci/a@2=b=c;"},
		{"the first mark counts", "[pci]\na=b:c\n", "pci/a@2=b:c;"},
		{"sections in lower case", "[PCI]\na=b\n[DEFAULT]\nc=d\n[Default]\ne=f\n",
		 "pci/a@2=b;DEFAULT/c@4=d;default/e@6=f;"},
		{"keys as they are", "[pci]\nA=b\n", "pci/A@2=b;"},
		{"comments", "# a\n; b\n[pci]\na = b # c\n#d=e\n", "pci/a@4=b # c;"},
		{"quotes", "[pci]\na=\"b\"\nc='d'\ne='f\"\ng=\"\nh=\"\"\ni=\"'j'\"\n",
		 "pci/a@2=b;pci/c@3=d;pci/e@4='f\";pci/g@5=;pci/h@6=;pci/i@7='j';"},
		{"blanks within quotes stay", "[pci]\na=\" b \"\n", "pci/a@2= b ;"},
		{"continued", "[pci]\na = {\n  \"b\": 1\n\t}  \nc=d\n",
		 "pci/a@2={|\"b\": 1|};pci/c@5=d;"},
		{"an empty line ends it", "[pci]\na=b\n\n  c\n",
		 "pci/a@2=b;4!" FAILED "4, Unexpected continuation line: '  c' (ended)"},
		{"a line of blanks is empty", "[pci]\na=b\n  \t\nc=d\n", "pci/a@2=b;pci/c@4=d;"},
		{"a comment ends it", "[pci]\na=b\n# x\n  c\n",
		 "pci/a@2=b;4!" FAILED "4, Unexpected continuation line: '  c' (ended)"},
		{"a section ends it", "[pci]\na=b\n[x]\n c\n",
		 "pci/a@2=b;4!" FAILED "4, Unexpected continuation line: ' c'"},
		{"repeated", "[pci]\na=b\na=c\n", "pci/a@2=b;pci/a@3=c;"},
		{"no assignment", "[pci]\nabc\n",
		 "2!" FAILED "2, No ':' or '=' found in assignment: 'abc'"},
		{"no key", "[pci]\n= b\n", "2!" FAILED "2, Key cannot be empty: '= b'"},
		{"no section", "a=b\nc=d\n",
		 "2!" FAILED "2, Section must be started before assignment: ''"},
		{"an open section", "[pci\n",
		 "1!" FAILED "1, Invalid section (must end with ]): '[pci'"},
		{"a section and more", "[pci] # x\n",
		 "1!" FAILED "1, Invalid section (must end with ]): '[pci] # x'"},
		{"an empty section", "[]\n", "1!" FAILED "1, Empty section name: '[]'"},
		{"a byte order mark", "\xef\xbb\xbf[pci]\n",
		 "1!" FAILED "1, No ':' or '=' found in assignment: '\\ufeff[pci]'"},
		{"no UTF-8", "# a\n# \xff\n[pci]\n",
		 "2!UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 6"},
		{"other blanks",
		 "[pci]\n\xc2\xa0"
		 "a\xc2\xa0=\xe3\x80\x80"
		 "b\x0b\n",
		 "pci/a@2=b;"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ini ini;
		char text[1024];

		test_int("a file is read", ini_parse(rows[i].text, strlen(rows[i].text), "f", &ini),
			 0);
		format_ini(&ini, text, sizeof(text));
		for (char *c = text; *c; c++)
			*c = *c == '\n' ? '|' : *c;
		test_text(rows[i].name, text, rows[i].expected);
		ini_free(&ini);
	}
}

/* All values of an option, each after a "|", a doubt after "?", an error after "!". */
static const char *values_of(const struct oslo_values *values, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < values->n && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "|%s%s%s%s%s", values->value[i].text,
				      values->value[i].doubt ? "?" : "",
				      values->value[i].doubt ? values->value[i].doubt : "",
				      values->value[i].error.type ? "!" : "",
				      values->value[i].error.type ? values->value[i].error.text
								  : "");
	return buf;
}

/* oslo.config knows the names that Nova registers, whatever files set besides. */
static void test_names(void)
{
	static const char text[] = "[DEFAULT]\nmy_ip = 10.0.0.1\nbus = 41\n[pci]\n"
				   "alias = a$my_ip\nalias = b$bus\nalias = c$$bus\n";
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	struct oslo_config config = {0};
	char buf[64];

	test_int("names", oslo_config_add(&config, "a", text, strlen(text)), 0);
	test_int("are read",
		 oslo_config_multi(&config, effective_option(NOVA_OPTION_ALIAS), &values), 0);
	test_text("Nova's own", values_of(&values, buf, sizeof(buf)), "|a10.0.0.1|b41?bus|c$bus");
	oslo_config_free(&config);
}

static void test_options(void)
{
	static const char first[] = "[DEFAULT]\npci_passthrough_whitelist = 1\nhost = h\n[pci]\n"
				    "device_spec = 3\npassthrough_whitelist = 2\n"
				    "report_in_placement = no\nalias = $host\n";
	static const char second[] =
		"[PCI]\ndevice_spec = 4\nreport_in_placement = yes\nreport_in_placement = off\n"
		"alias = ${host}.$$x\\$y$ $9 ${host $nothing $DEFAULT.host $pci.word\nword = "
		"w$host\n"
		"alias = $loop\nloop = a$loop\n";
	struct oslo_config config = {0};
	struct oslo_values values;
	char text[256];

	test_int("the first", oslo_config_add(&config, "a", first, strlen(first)), 0);
	test_int("the second", oslo_config_add(&config, "b", second, strlen(second)), 0);
	test_int("device_spec",
		 oslo_config_multi(&config, effective_option(NOVA_OPTION_DEVICE_SPEC), &values), 0);
	test_text("older names first, then files", values_of(&values, text, sizeof(text)),
		  "|1|2|3|4");
	oslo_values_free(&values);
	test_int("whitelist",
		 oslo_config_multi(&config, effective_option(NOVA_OPTION_OLD_DEVICE_SPEC), &values),
		 0);
	test_text("old names alone", values_of(&values, text, sizeof(text)), "|1|2");
	oslo_values_free(&values);
	test_int("report",
		 oslo_config_single(&config, effective_option(NOVA_OPTION_REPORT), &values), 0);
	test_text("the last one", values_of(&values, text, sizeof(text)), "|off");
	oslo_values_free(&values);
	test_int("alias", oslo_config_multi(&config, effective_option(NOVA_OPTION_ALIAS), &values),
		 0);
	test_text("substituted", values_of(&values, text, sizeof(text)),
		  "|h|h.$x$y$ $9 ${host $nothing $DEFAULT.host wh?nothing|!it refers to itself");
	oslo_values_free(&values);
	test_int("none",
		 oslo_config_single(&config, effective_option(NOVA_OPTION_PLACEMENT), &values), 0);
	test_int("none is there", (long)values.n, 0);
	oslo_values_free(&values);
	oslo_config_free(&config);
}

static void test_booleans(void)
{
	static const struct {
		const char *text;
		int expected;
	} rows[] = {
		{"true", 1},	{"True", 1},	{"1", 1},	    {"ON", 1},	     {"yes", 1},
		{"false", 0},	{"0", 0},	{"off", 0},	    {"No", 0},	     {"", -EINVAL},
		{"y", -EINVAL}, {"t", -EINVAL}, {" true", -EINVAL}, {"ja", -EINVAL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		test_int(rows[i].text, oslo_boolean(rows[i].text), rows[i].expected);
}

static void test_words(void)
{
	static const struct {
		const char *name, *command, *expected;
	} rows[] = {
		{"none", "/usr/bin/nova-compute", ""},
		{"with equals", "nova-compute --config-file=/a --config-dir=/b", " f/a d/b"},
		{"with blanks", "nova-compute --config-file /a --config-dir  /b --x", " f/a d/b"},
		{"in quotes", "/bin/sh -c 'exec nova-compute --config-file /a'", " f/a"},
		{"a longer option", "nova-compute --config-files=/a --config-dirs /b", ""},
		{"cut", "nova-compute --config-file", " f"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct launch launch = {0};
		char text[128] = "";

		test_int("words", launch_take_words(&launch, rows[i].command), 0);
		for (size_t k = 0; k < launch.n; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %c%s",
				 launch.argument[k].folder ? 'd' : 'f', launch.argument[k].path);
		test_text(rows[i].name, text, rows[i].expected);
		launch_free(&launch);
	}
}

/* The files that are read, or the error. */
static void check_files(const char *name, const struct effective *effective, const char *expected)
{
	char text[512] = "";

	for (size_t i = 0; i < effective->config.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "",
			 effective->config.file[i].path);
	for (size_t i = 0; i < effective->ignored.n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "-%s",
			 effective->ignored.text[i]);
	if (effective->error.type)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "!%s",
			 effective->error.text);
	test_text(name, text, expected);
}

static void check_tree(const char *name, const struct tree *tree, const char *expected)
{
	struct effective effective;

	test_int(name, effective_read(&tree->root, NULL, &effective), 0);
	check_files(name, &effective, expected);
	effective_free(&effective);
}

static void test_deployments(void)
{
	static const char debian[] =
		"#!/bin/sh\nif [ -f '/etc/nova/nova-compute.conf' ] ; then\n"
		"DAEMON_ARGS=\"--config-file=/etc/nova/nova-compute.conf\"\nfi\n";
	struct tree tree;

	tree_make(&tree);
	check_tree("an empty tree", &tree, "");
	tree_file(&tree, "etc/nova/nova.conf", "");
	tree_file(&tree, "etc/nova/nova-compute.conf", "");
	tree_file(&tree, "etc/nova/nova.conf.d/60-b.conf", "");
	tree_file(&tree, "etc/nova/nova.conf.d/10-a.conf", "");
	tree_file(&tree, "etc/nova/nova.conf.d/x.txt", "");
	check_tree(
		"no unit: as RDO", &tree,
		"/etc/nova/nova.conf /etc/nova/nova-compute.conf /etc/nova/nova.conf.d/10-a.conf "
		"/etc/nova/nova.conf.d/60-b.conf");
	tree_file(&tree, "usr/share/nova/nova-dist.conf", "");
	tree_file(&tree, "usr/lib/systemd/system/openstack-nova-compute.service",
		  "[Service]\nExecStart=/usr/bin/nova-compute\n");
	check_tree("RDO", &tree,
		   "/usr/share/nova/nova-dist.conf /etc/nova/nova.conf /etc/nova/nova-compute.conf "
		   "/etc/nova/nova.conf.d/10-a.conf /etc/nova/nova.conf.d/60-b.conf");
	tree_file(&tree, "etc/init.d/nova-compute", debian);
	tree_file(&tree, "usr/lib/systemd/system/nova-compute.service",
		  "[Service]\nExecStart=/etc/init.d/nova-compute systemd-start\n");
	check_tree("Debian", &tree,
		   "/etc/nova/nova.conf.d/10-a.conf /etc/nova/nova.conf.d/60-b.conf "
		   "/etc/nova/nova.conf /etc/nova/nova-compute.conf");
	tree_file(&tree, "etc/default/nova-compute",
		  "# DAEMON_ARGS=no\nDAEMON_ARGS=\"$DAEMON_ARGS "
		  "--config-dir=/etc/nova/nova.conf.d\"\n");
	check_tree("with a folder named", &tree,
		   "/etc/nova/nova.conf /etc/nova/nova-compute.conf "
		   "/etc/nova/nova.conf.d/10-a.conf /etc/nova/nova.conf.d/60-b.conf");
	tree_file(&tree, "etc/systemd/system/nova-compute.service.d/x.conf",
		  "[Service]\nExecStart=\nExecStart=nova-compute \\\n  --config-file "
		  "/etc/nova/none\n");
	check_tree("a drop-in of the unit", &tree,
		   "/etc/nova/nova.conf.d/10-a.conf /etc/nova/nova.conf.d/60-b.conf!Failed to find "
		   "some config files: /etc/nova/none");
	tree_file(&tree, "etc/kolla/nova-compute/nova.conf", "");
	check_tree("Kolla", &tree, "/etc/kolla/nova-compute/nova.conf");
	tree_remove(&tree);
}

static void test_data_plane(void)
{
	struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "etc/nova/nova.conf", "[pci]\n");
	tree_file(&tree, "etc/systemd/system/edpm_nova_compute.service", "");
	tree_file(&tree, "var/lib/openstack/config/nova/02-nova-host-specific.conf", "");
	tree_file(&tree, "var/lib/openstack/config/nova/01-nova.conf", "");
	tree_file(&tree, "var/lib/openstack/config/nova/other.conf", "");
	check_tree("RHOSO", &tree,
		   "/var/lib/openstack/config/nova/01-nova.conf "
		   "/var/lib/openstack/config/nova/02-nova-host-specific.conf");
	tree_file(&tree, "etc/containers/systemd/edpm_nova_compute.container",
		  "[Container]\nVolume=/dev:/dev\n"
		  "Volume=/var/lib/openstack/nova-gpu:/var/lib/kolla/config_files/src:ro\n");
	tree_file(&tree, "var/lib/openstack/nova-gpu/25-nova-pci.conf", "");
	tree_file(&tree, "var/lib/openstack/nova-gpu/nova-blank.conf", "");
	check_tree("a data plane service of its own name", &tree,
		   "/var/lib/openstack/nova-gpu/25-nova-pci.conf "
		   "/var/lib/openstack/nova-gpu/nova-blank.conf");
	tree_remove(&tree);
}

/* Where a row's files and texts are separated by '|', a newline is meant. */
static const struct {
	const char *name, *script;
	enum nova_service service;
	const char *files;
} service_rows[] = {
	{"Kolla, what config.json copies",
	 "f etc/kolla/nova-compute/config.json {\"command\": \"nova-compute\", \"config_files\": ["
	 "{\"source\": \"/var/lib/kolla/config_files/b.conf\", \"dest\": \"/etc/nova/nova.conf.d/\"},"
	 "{\"source\": \"/var/lib/kolla/config_files/nova.conf\", \"dest\": \"/etc/nova/nova.conf\"},"
	 "{\"source\": \"/var/lib/kolla/config_files/x\", \"dest\": \"/etc/nova/nova.conf.d/10-x.conf\"},"
	 "{\"source\": \"/var/lib/kolla/config_files/id\", \"dest\": \"/var/lib/nova/compute_id\"}]}\n"
	 "f etc/kolla/nova-compute/nova.conf [pci]\nf etc/kolla/nova-compute/b.conf [pci]\n"
	 "f etc/kolla/nova-compute/x [pci]\nf etc/kolla/nova-compute/c.conf [pci]\n"
	 "f etc/nova/nova.conf.d/60-gpuclaim.conf [pci]\n",
	 NOVA_COMPUTE,
	 "/etc/kolla/nova-compute/nova.conf /etc/kolla/nova-compute/x /etc/kolla/nova-compute/b.conf"},
	{"Kolla, config.json is none", "f etc/kolla/nova-compute/config.json {\n", NOVA_COMPUTE,
	 "!/etc/kolla/nova-compute/config.json can't be read: Bad message: so it is not known what "
	 "nova-compute reads"},
	{"Kolla's API", "f etc/kolla/nova-api/nova.conf [pci]\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, "/etc/kolla/nova-api/nova.conf"},
	{"Kolla's scheduler is elsewhere",
	 "f etc/kolla/nova-api/nova.conf [pci]\nf etc/nova/nova.conf [pci]\n", NOVA_SCHEDULER, ""},
	{"TripleO's API", "f var/lib/config-data/puppet-generated/nova/etc/nova/nova.conf [pci]\n",
	 NOVA_API, "/var/lib/config-data/puppet-generated/nova/etc/nova/nova.conf"},
	{"Apache, as the charm has it: no file by the service's name",
	 "f etc/apache2/sites-enabled/wsgi-openstack-api.conf Listen 8774| WSGIScriptAlias / "
	 "/usr/bin/nova-api-wsgi|\nf etc/nova/nova.conf [pci]\nf etc/nova/nova-api.conf [pci]\n"
	 "f etc/nova/nova.conf.d/a.conf [pci]\n",
	 NOVA_API, "/etc/nova/nova.conf /etc/nova/nova.conf.d/a.conf"},
	{"Apache, as puppet-nova has it",
	 "f etc/httpd/conf.d/10-nova_api_wsgi.conf WSGIScriptAlias / "
	 "\"/var/www/cgi-bin/nova/nova-api\"|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, "/etc/nova/nova.conf"},
	{"Apache, something else's",
	 "f etc/httpd/conf.d/10-placement.conf WSGIScriptAlias / /usr/bin/placement-api|# nova-api "
	 "is elsewhere|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, ""},
	{"Apache, by the module's path",
	 "f etc/httpd/conf.d/nova.conf wsgiscriptalias / "
	 "/usr/lib/python3/dist-packages/nova/wsgi/osapi_compute.py|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, "/etc/nova/nova.conf"},
	{"Apache, the metadata alone",
	 "f etc/httpd/conf.d/nova.conf WSGIScriptAlias / "
	 "/usr/lib/python3/dist-packages/nova/wsgi/metadata.py|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, ""},
	{"Apache, a comment",
	 "f etc/httpd/conf.d/nova.conf # WSGIScriptAlias / /usr/bin/nova-api-wsgi|\n"
	 "f etc/nova/nova.conf [pci]\n",
	 NOVA_API, ""},
	{"Apache, a file that it does not read",
	 "f etc/httpd/conf.d/nova.conf.rpmsave WSGIScriptAlias / /usr/bin/nova-api-wsgi|\n"
	 "f etc/nova/nova.conf [pci]\n",
	 NOVA_API, ""},
	{"a unit that is masked, and Kolla's container",
	 "l etc/systemd/system/nova-api.service /dev/null\n"
	 "f usr/lib/systemd/system/nova-api.service [Service]|ExecStart=/usr/bin/nova-api|\n"
	 "f etc/nova/nova.conf [pci]\nf etc/kolla/nova-api/nova.conf [pci]\n",
	 NOVA_API, "/etc/kolla/nova-api/nova.conf"},
	{"a unit that is empty, and one by another name",
	 "f etc/systemd/system/nova-scheduler.service \n"
	 "f usr/lib/systemd/system/openstack-nova-scheduler.service "
	 "[Service]|ExecStart=/usr/bin/nova-scheduler --config-file /etc/nova/x.conf|\n"
	 "f etc/nova/nova.conf [pci]\nf etc/nova/x.conf [pci]\n",
	 NOVA_SCHEDULER, "/etc/nova/x.conf"},
	{"a folder of units that can't be listed",
	 "l etc/systemd/system system\n"
	 "f usr/lib/systemd/system/nova-scheduler.service "
	 "[Service]|ExecStart=/usr/bin/nova-scheduler|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_SCHEDULER,
	 "!/etc/systemd/system/nova-scheduler.service can't be read: Too many levels of symbolic "
	 "links: so it is not known what nova-scheduler reads"},
	{"a unit's drop-ins alone",
	 "f etc/systemd/system/nova-scheduler.service.d/x.conf [Service]|ExecStart=/bin/true|\n"
	 "f etc/nova/nova.conf [pci]\n",
	 NOVA_SCHEDULER, ""},
	{"a default folder that can't be listed",
	 "l var/lib/nova nova\nf etc/nova/nova.conf [pci]\n", NOVA_COMPUTE, "/etc/nova/nova.conf"},
	{"a home that is the root", "f etc/passwd nova:x:1:1::/:/bin/sh|\nf nova.conf [pci]\n",
	 NOVA_COMPUTE, "/nova.conf"},
	{"Apache before a uWSGI that has a unit",
	 "f etc/apache2/sites-enabled/nova-api-wsgi.conf ProxyPass /compute unix:/x|\n"
	 "f etc/systemd/system/nova-api-os-compute.service [Service]|ExecStart=/bin/uwsgi --ini "
	 "/etc/uwsgi/nova-api-os-compute.ini|\nf etc/nova/nova.conf [pci]\n",
	 NOVA_API, "/etc/nova/nova.conf"},
};

static void test_services(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(service_rows); i++) {
		struct effective effective, compute = {0};
		const struct effective_service which = {service_rows[i].service, &compute};
		struct tree tree;

		tree_make(&tree);
		tree_script(&tree, service_rows[i].script);
		if (service_rows[i].service == NOVA_COMPUTE)
			test_int("compute", effective_read(&tree.root, NULL, &effective), 0);
		else
			test_int("service",
				 effective_read_service(&tree.root, &which, NULL, &effective), 0);
		check_files(service_rows[i].name, &effective, service_rows[i].files);
		effective_free(&compute);
		effective_free(&effective);
		tree_remove(&tree);
	}
}

static void test_permissions(void)
{
	struct tree tree;

	tree_make(&tree);
	tree_file(&tree, "etc/passwd",
		  "root:x:0:0::/root:/bin/sh\nnova:x:64060:64061::/home/n:/bin/sh\n");
	tree_file(&tree, "etc/group", "root:x:0:\nextra:x:64062:x,nova\n");
	tree_file(&tree, "home/n/nova.conf", "[pci]\n");
	tree_file(&tree, "home/n/.nova/nova-compute.conf", "[pci]\n");
	tree_file(&tree, "etc/nova/nova.conf", "[pci]\n");
	check_tree("the user's own files", &tree,
		   "/home/n/nova.conf /home/n/.nova/nova-compute.conf");
	test_int("taken away", fchmodat(tree.root.fd, "home/n/nova.conf", 0600, 0), 0);
	check_tree("a file that it can't read", &tree,
		   "/home/n/nova.conf /home/n/.nova/nova-compute.conf!Failed to open some config "
		   "files: /home/n/nova.conf");
	tree_file(&tree, "etc/nova/nova.conf.d/a.conf", "[pci]\n");
	test_int("given back", fchmodat(tree.root.fd, "home/n/nova.conf", 0644, 0), 0);
	test_int("the folder", fchmodat(tree.root.fd, "etc/nova/nova.conf.d", 0700, 0), 0);
	check_tree("a folder that it can't list", &tree,
		   "/home/n/nova.conf /home/n/.nova/nova-compute.conf-/etc/nova/nova.conf.d");
	tree_remove(&tree);
}

TESTS(nova_oslo)
{
	test_ini();
	test_options();
	test_names();
	test_booleans();
	test_words();
	test_deployments();
	test_data_plane();
	test_services();
	test_permissions();
	return test_done();
}
