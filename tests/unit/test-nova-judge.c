/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration is thought of; the reports about a whole node are in ctl/golden. */
#include "ctl/judge/judge.h"
#include "ctl/status/whitelist.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/provider.h"
#include "tests/unit/test.h"

#define DROPIN "/etc/nova/nova.conf.d/60-gpuclaim.conf"
#define FIRST  "{\"address\":\"0000:01:00.0\"}"
#define SECOND "{\"address\":\"0000:02:00.0\"}"
#define ALIAS \
	"alias = {\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"device_type\":\"type-PCI\"}\n"
#define PLACED "[filter_scheduler]\npci_in_placement = true\n"

static struct nova_device devices[] = {
	{.address = {0, 0x01, 0, 0},
	 .id = {0x10de, 0x1c81},
	 .class_code = 0x030000,
	 .numa_node = -1},
	{.address = {0, 0x02, 0, 0},
	 .id = {0x10de, 0x1c81},
	 .class_code = 0x030000,
	 .numa_node = -1},
	{.address = {0, 0x03, 0, 0},
	 .id = {0x144d, 0xa80a},
	 .class_code = 0x010802,
	 .numa_node = -1},
};
static const struct nova_host host = {.device = devices, .n_devices = ARRAY_SIZE(devices)};
static const struct device_facts gpus[] = {
	{.address = {0, 0x01, 0, 0}, .in_unit = true, .selected = true, .driver = "vfio-pci"},
	{.address = {0, 0x02, 0, 0}, .in_unit = true, .selected = true},
};
static const struct device_result results[] = {
	{.ready = true},
	{.n_reasons = 1, .reason = {"group-not-viable: as it is"}},
};
static const char *const drivers[] = {"vfio-pci", "", "nvme"};
static const bool vfio[] = {true, false, false};
static const struct nova_group groups[3];

/* One of two GPUs is ready; @dropin and @conf are [pci] of two files, NULL: not there. */
struct bench {
	struct effective effective;
	struct text_list mounted;
	struct verify_facts facts;
	struct nova_judgement judgement;
};

static void add_file(struct effective *effective, const char *path, const char *text)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "[pci]\n%s", text ? text : "");
	if (text)
		test_int("a file", oslo_config_add(&effective->config, path, whole, strlen(whole)),
			 0);
}

static void judge(struct bench *bench, const char *dropin, const char *conf)
{
	*bench = (struct bench){.effective.launch.source = strdup("/etc/init.d/nova-compute")};
	add_file(&bench->effective, DROPIN, dropin);
	add_file(&bench->effective, "/etc/nova/nova.conf", conf);
	bench->facts = (struct verify_facts){
		.release = 31,
		.node = "node",
		.effective = &bench->effective,
		.host = &host,
		.devices = gpus,
		.results = results,
		.n_devices = ARRAY_SIZE(gpus),
		.driver = drivers,
		.vfio = vfio,
		.group = groups,
		.mounted = &bench->mounted,
		.dropin = DROPIN,
		.has_dropin = dropin != NULL,
	};
	test_int("it is judged", nova_judge(&bench->facts, &bench->judgement), 0);
}

static void forget(struct bench *bench)
{
	nova_judgement_free(&bench->judgement);
	effective_free(&bench->effective);
	text_list_free(&bench->mounted);
}

static void test_whitelist(void)
{
	static const struct {
		const char *name, *dropin, *conf;
		enum check_state state;
	} rows[] = {
		{"Nova refuses it", NULL, "device_spec = {\n", STATE_SKIP},
		{"our drop-in alone", "device_spec = " FIRST "\n", "", STATE_PASS},
		{"nothing at all", NULL, "", STATE_PASS},
		{"another spec matches the one that is not ready", "device_spec = " FIRST "\n",
		 "device_spec = {\"vendor_id\":\"10de\"}\n", STATE_FAIL},
		{"another spec, and the drop-in, too", "device_spec = " FIRST "\n",
		 "device_spec = " SECOND "\n", STATE_FAIL},
		{"another spec matches the one that is ready", "device_spec = " FIRST "\n",
		 "device_spec = " FIRST "\n", STATE_WARN},
		{"no drop-in, a spec of the operator's", NULL, "device_spec = " FIRST "\n",
		 STATE_WARN},
		{"Ironic's nova-compute, whose specs hand out nothing", NULL,
		 "device_spec = " SECOND "\n[DEFAULT]\ncompute_driver = ironic.IronicDriver\n",
		 STATE_SKIP},
		{"a spec of other devices", "device_spec = " FIRST "\n",
		 "device_spec = {\"vendor_id\":\"144d\"}\n", STATE_PASS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct check check;
		struct bench bench;

		judge(&bench, rows[i].dropin, rows[i].conf);
		nova_whitelist_check(&bench.facts, &bench.judgement, &check);
		test_text(rows[i].name, check_state_name(check.state),
			  check_state_name(rows[i].state));
		test_int("a remedy where there is something to do", check.remedy[0] != '\0',
			 check.state == STATE_FAIL || check.state == STATE_WARN);
		forget(&bench);
	}
}

/* What is said where there is nothing to judge. */
static void test_no_whitelist(void)
{
	const struct facts none = {0};
	struct nova_node node = {0};
	struct check check;

	test_int("no Nova", whitelist_check(&node, 0, &none, &check), 0);
	test_text("it is passed over", check_state_name(check.state), "skip");
	test_int("it can't be read", whitelist_check(&node, -EIO, &none, &check), 0);
	test_text("that is told", check_state_name(check.state), "warn");
}

/* "fail ID" of the first that fails, else the first that warns, else "pass". */
static const char *worst_of(const struct findings *findings, char *buf, size_t size)
{
	snprintf(buf, size, "pass");
	for (size_t i = findings->n; i-- > 0;)
		if (findings->finding[i].state == STATE_WARN)
			snprintf(buf, size, "warn %s", findings->finding[i].id);
	for (size_t i = findings->n; i-- > 0;)
		if (findings->finding[i].state == STATE_FAIL)
			snprintf(buf, size, "fail %s", findings->finding[i].id);
	return buf;
}

static const struct {
	const char *name, *conf, *expected;
	const char *mounted;
} worst_rows[] = {
	{"in order", "device_spec = " FIRST "\n", "pass", NULL},
	{"the ready one is not matched", "device_spec = []\n", "fail nova-ready-gpus", NULL},
	{"the other is", "device_spec = [" FIRST "," SECOND "]\n", "fail nova-not-ready", NULL},
	{"a spec for nothing", "device_spec = [" FIRST ",{\"vendor_id\":\"1002\"}]\n",
	 "warn nova-matches", NULL},
	{"a disk", "device_spec = [" FIRST ",{\"vendor_id\":\"144d\"}]\n", "warn nova-matches",
	 NULL},
	{"a disk in use", "device_spec = [" FIRST ",{\"vendor_id\":\"144d\"}]\n",
	 "fail nova-matches", "devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0n1"},
	{"Ironic's nova-compute",
	 "device_spec = " FIRST "\n[DEFAULT]\ncompute_driver = ironic.IronicDriver\n",
	 "fail nova-configuration", NULL},
	{"libvirt's",
	 "device_spec = " FIRST "\n[DEFAULT]\ncompute_driver = nova.virt.libvirt.LibvirtDriver\n",
	 "pass", NULL},
	{"a driver that is named elsewhere",
	 "device_spec = " FIRST "\n[DEFAULT]\ncompute_driver = $driver\n", "pass", NULL},
	{"an old name", "passthrough_whitelist = " FIRST "\n", "warn nova-device-spec", NULL},
	{"no boolean", "device_spec = " FIRST "\nreport_in_placement = x\n", "fail nova-settings",
	 NULL},
	{"what refers to nothing", "device_spec = " FIRST "\nreport_in_placement = $none\n",
	 "warn nova-settings", NULL},
	{"what refers to itself",
	 "device_spec = " FIRST "\nreport_in_placement = $report_in_placement\n",
	 "fail nova-settings", NULL},
	{"a spec that refers to nothing", "device_spec = $none\n", "fail nova-device-spec", NULL},
	{"a spec that refers to itself", "device_spec = $device_spec\n", "fail nova-device-spec",
	 NULL},
	{"a serial number that nobody looks at",
	 "device_spec = [" FIRST ",{\"vendor_id\":\"144d\",\"remote_managed\":\"true\"}]\n",
	 "warn nova-matches", NULL},
	{"an alias twice", "device_spec = " FIRST "\n" ALIAS ALIAS, "pass", NULL},
	{"an alias twice, for Placement",
	 "report_in_placement = on\ndevice_spec = " FIRST "\n" ALIAS ALIAS PLACED,
	 "fail nova-alias-satisfiable", NULL},
	{"placed, and not reported", "device_spec = " FIRST "\n" ALIAS PLACED, "warn nova-settings",
	 NULL},
	{"an alias of another type",
	 "device_spec = " FIRST "\nalias = {\"name\":\"a\",\"vendor_id\":\"10de\","
	 "\"product_id\":\"1c81\",\"device_type\":\"type-PF\"}\n",
	 "fail nova-alias-satisfiable", NULL},
	{"an alias of another node",
	 "device_spec = " FIRST "\nalias = {\"name\":\"a\",\"vendor_id\":\"1002\","
	 "\"product_id\":\"1c81\"}\n",
	 "warn nova-alias-satisfiable", NULL},
	{"a devname in Placement",
	 "report_in_placement = on\ndevice_spec = [" FIRST ",{\"devname\":\"x\"}]\n",
	 "fail nova-placement", NULL},
};

static void test_worst(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(worst_rows); i++) {
		struct bench bench;
		char text[64];

		judge(&bench, NULL, worst_rows[i].conf);
		if (worst_rows[i].mounted) {
			nova_judgement_free(&bench.judgement);
			test_int("a mount",
				 text_list_add(&bench.mounted, "%s", worst_rows[i].mounted), 0);
			test_int("again", nova_judge(&bench.facts, &bench.judgement), 0);
		}
		test_text(worst_rows[i].name,
			  worst_of(&bench.judgement.findings, text, sizeof(text)),
			  worst_rows[i].expected);
		forget(&bench);
	}
}

/* "TEXT / REMEDY" of the first that fails. */
static const char *first_failure(const struct findings *findings, char *buf, size_t size)
{
	*buf = '\0';
	for (size_t i = 0; i < findings->n && !*buf; i++)
		if (findings->finding[i].state == STATE_FAIL)
			snprintf(buf, size, "%s / %s", findings->finding[i].message,
				 findings->finding[i].remedy);
	return buf;
}

/* The same keys, and another value: it is the value that is told. */
static void test_other_value(void)
{
	struct bench bench;
	char text[512];

	judge(&bench, NULL,
	      "report_in_placement = on\n"
	      "device_spec = {\"address\":\"0000:01:00.0\",\"resource_class\":\"A\"}\n"
	      "alias = {\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\","
	      "\"resource_class\":\"B\"}\n" PLACED);
	test_text("another resource class",
		  first_failure(&bench.judgement.findings, text, sizeof(text)),
		  "/etc/nova/nova.conf:4: alias a has the IDs of 0000:01:00.0, but its device_spec "
		  "says otherwise in another key (resource_class, traits, ...) / give both the "
		  "same resource_class, traits and other keys");
	forget(&bench);
}

/* A tag of this name hides the device's type: it is the tag that is told. */
static void test_other_type(void)
{
	struct bench bench;
	char text[512];

	judge(&bench, NULL,
	      "device_spec = {\"address\":\"0000:01:00.0\",\"dev_type\":\"type-PF\"}\n" ALIAS);
	test_text("what stands for the type",
		  first_failure(&bench.judgement.findings, text, sizeof(text)),
		  "/etc/nova/nova.conf:3: alias a asks for type-PCI, but the device_spec of "
		  "0000:01:00.0 has \"dev_type\": \"type-PF\" / take dev_type out of that "
		  "device_spec, then see what its alias needs");
	test_text("it means something", bench.judgement.findings.finding[1].remedy,
		  "take it out: device_type and numa_policy are for the alias to say");
	forget(&bench);
}

/* All that warns, one behind the other. */
static const char *warnings(const struct findings *findings, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < findings->n; i++)
		if (findings->finding[i].state == STATE_WARN)
			n += (size_t)snprintf(buf + n, size - n, "%s; ",
					      findings->finding[i].message);
	return buf;
}

/* Entries of one list have one line: each message of it is told once, or says which. */
static void test_list(void)
{
	struct bench bench;
	char text[512];

	judge(&bench, NULL,
	      "device_spec = [" FIRST ",{\"vendor_id\":\"1002\",\"name\":\"a\"},"
	      "{\"vendor_id\":\"1003\",\"name\":\"b\"}]\n");
	test_text("a list", warnings(&bench.judgement.findings, text, sizeof(text)),
		  "/etc/nova/nova.conf:2: \"name\" means nothing to Nova; "
		  "/etc/nova/nova.conf:2, entry 2: matches no device of this node; "
		  "/etc/nova/nova.conf:2, entry 3: matches no device of this node; ");
	forget(&bench);
}

/* The unit may have another user, and another group than the user's own. */
static void test_ignored(void)
{
	struct bench bench;
	char text[512];

	judge(&bench, NULL, "device_spec = " FIRST "\n");
	nova_judgement_free(&bench.judgement);
	snprintf(bench.effective.reader.name, sizeof(bench.effective.reader.name), "stack");
	test_int("a folder", text_list_add(&bench.effective.ignored, "/etc/nova/nova.conf.d"), 0);
	test_int("again", nova_judge(&bench.facts, &bench.judgement), 0);
	test_text("who can't list it", first_failure(&bench.judgement.findings, text, sizeof(text)),
		  "the user stack can't list /etc/nova/nova.conf.d: Nova passes over its files in "
		  "silence / let it list that folder: User=, Group= and SupplementaryGroups= of "
		  "nova-compute's unit count");
	forget(&bench);
}

static void drop_unit(struct bench *bench)
{
	free(bench->effective.launch.source);
	bench->effective.launch.source = NULL;
}

/* Ours is read first here: what another line says of the GPU is lost, but for managed. */
static void test_first(void)
{
	static const struct {
		const char *theirs, *expected;
	} rows[] = {
		{"{\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"managed\":\"yes\"}", ""},
		{"{\"address\":\"0000:01:00.0\",\"resource_class\":\"A\",\"managed\":\"yes\"}",
		 DROPIN
		 ":2: matches 0000:01:00.0 before /etc/nova/nova.conf:2, of which this is lost: "
		 "resource_class=A; "},
		{"{\"address\":\"0000:01:00.0\",\"traits\":\"T\"}", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench bench;
		char conf[256], text[512];

		snprintf(conf, sizeof(conf), "device_spec = %s\n", rows[i].theirs);
		judge(&bench,
		      "device_spec = {\"address\":\"0000:01:00.0\",\"managed\":\"no\","
		      "\"traits\":\"T\"}\n",
		      conf);
		test_text(rows[i].theirs, warnings(&bench.judgement.findings, text, sizeof(text)),
			  rows[i].expected);
		forget(&bench);
	}
}

/* Of two values of one key Python takes the last, in silence. */
static void test_twice(void)
{
	struct bench bench;
	char text[512];

	judge(&bench, NULL,
	      "device_spec = {\"address\":\"0000:02:00.0\",\"address\":\"0000:01:00.0\"}\n"
	      "alias = {\"name\":\"b\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\",\"name\":\"a\"}\n");
	test_text("keys twice", warnings(&bench.judgement.findings, text, sizeof(text)),
		  "/etc/nova/nova.conf:2: \"address\" stands twice in one object: only the last "
		  "counts; /etc/nova/nova.conf:3: \"name\" stands twice in one object: only the "
		  "last counts; ");
	forget(&bench);
}

/* The name of old is read before Xena alone; who sets both has that of today. */
static void test_old_filters(void)
{
	static const struct {
		unsigned release;
		const char *conf, *expected;
	} rows[] = {
		{23, "[DEFAULT]\nscheduler_default_filters = A,PciPassthroughFilter\n", ""},
		{24, "[DEFAULT]\nscheduler_default_filters = A,PciPassthroughFilter\n",
		 "/etc/nova/nova.conf:4: scheduler_default_filters is not read from Xena on, and Nova "
		 "does not say so; "},
		{24,
		 "[DEFAULT]\nscheduler_default_filters = A\n[filter_scheduler]\n"
		 "enabled_filters = PciPassthroughFilter\n",
		 ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench bench;
		char conf[256], text[512];

		snprintf(conf, sizeof(conf), "passthrough_whitelist = " FIRST "\n%s", rows[i].conf);
		judge(&bench, NULL, conf);
		nova_judgement_free(&bench.judgement);
		bench.facts.release = rows[i].release;
		bench.facts.scheduler = &bench.effective;
		test_int("again", nova_judge(&bench.facts, &bench.judgement), 0);
		test_text("filters", warnings(&bench.judgement.findings, text, sizeof(text)),
			  rows[i].expected);
		forget(&bench);
	}
}

/* What apply wrote is all there is: nothing starts nova-compute here. */
static void test_alone(void)
{
	struct bench bench;
	char text[64];

	judge(&bench, "device_spec = " FIRST "\n", NULL);
	test_text("it is judged", worst_of(&bench.judgement.findings, text, sizeof(text)), "pass");
	nova_judgement_free(&bench.judgement);
	drop_unit(&bench);
	test_int("without what starts it", nova_judge(&bench.facts, &bench.judgement), 0);
	test_text("the drop-in alone", worst_of(&bench.judgement.findings, text, sizeof(text)),
		  "fail nova-configuration");
	forget(&bench);
}

/* Who starts it: a unit, a unit of another name beside it or alone, nobody. */
static void test_starters(void)
{
	static const struct {
		bool unit, other;
		const char *expected;
	} rows[] = {
		{true, false, "pass"},
		{true, true, "warn nova-configuration"},
		{false, true, "fail nova-configuration"},
		{false, false, "warn nova-configuration"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench bench;
		char text[64];

		judge(&bench, NULL, "device_spec = " FIRST "\n");
		nova_judgement_free(&bench.judgement);
		if (!rows[i].unit)
			drop_unit(&bench);
		if (rows[i].other)
			test_int("another",
				 text_list_add(&bench.effective.launch.others, "/nova-compute@"),
				 0);
		test_int("again", nova_judge(&bench.facts, &bench.judgement), 0);
		test_text("who starts it", worst_of(&bench.judgement.findings, text, sizeof(text)),
			  rows[i].expected);
		forget(&bench);
	}
}

static void test_no_device(void)
{
	static const char *const spec = "{\"product_id\":\"1c81\"}";
	const struct nova_host none = {.device = devices};
	struct nova_rules rules = {31, true, false, "node", &none};
	struct providers providers;
	struct devspecs specs;

	test_int("it is read", devspecs_parse(&rules, &spec, 1, &specs), 0);
	test_int("it is reported", providers_make(&rules, &specs, &providers), 0);
	test_int("a host without devices has no providers", (long)providers.n, 0);
	providers_free(&providers);
	devspecs_free(&specs);
}

TESTS(nova_judge)
{
	test_whitelist();
	test_no_whitelist();
	test_worst();
	test_other_value();
	test_other_type();
	test_list();
	test_ignored();
	test_first();
	test_twice();
	test_old_filters();
	test_alone();
	test_starters();
	test_no_device();
	return test_done();
}
