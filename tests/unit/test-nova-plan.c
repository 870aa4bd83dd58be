/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/plan.h"

#include "nova/rules/provider.h"
#include "nova/tell/dropin.h"
#include "nova/tell/guest.h"
#include "nova/tell/json.h"
#include "tests/unit/test.h"

#define NVIDIA(device_id)         \
	{                         \
		0x10de, device_id \
	}
#define AT(bus_number)            \
	{                         \
		.bus = bus_number \
	}

static void text_of(struct json_object *object, char *buf, size_t size)
{
	snprintf(buf, size, "%s", object ? nova_json_text(object) : "no memory");
	(void)json_object_put(object);
}

/* How long the text of each kind of value has to be is known: else it would pass for cut off. */
static void test_values(void)
{
	static const char wanted[] =
		"{\"a\":[\"q\\\"b\\\\n\\n/\\u0001\xc3\xa9\",-12,null,true,1.5,{}],\"\\t\":[]}";
	char got[sizeof(wanted) + 16];

	text_of(json_tokener_parse(wanted), got, sizeof(got));
	(void)test_text("text of each kind of value", got, wanted);
}

/* "NAME DEVICE TYPE COUNT" for each alias, then the buses that are listed. */
static void describe(const struct nova_plan *plan, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < plan->n_aliases; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s %04x %s %u; ", plan->alias[i].name,
				      plan->alias[i].id.device, nova_alias_type(&plan->alias[i]),
				      plan->alias[i].schedulable);
	for (size_t i = 0; i < plan->n_specs; i++)
		n += (size_t)snprintf(buf + n, size - n, "%x:%s ", plan->spec[i].address.bus,
				      plan->alias[plan->spec[i].alias].name);
}

static const struct {
	const char *name;
	struct nova_gpu gpu[3];
	size_t n;
	struct nova_options options;
	const char *expected;
	size_t notes;
} plans[] = {
	{"no GPU", {{.id = {0}}}, 0, {.release = 31}, "", 0},
	{"one",
	 {{.address = AT(1), .id = NVIDIA(0x1c81), .ready = true}},
	 1,
	 {.release = 31},
	 "gpu-10de-1c81 1c81 type-PCI 1; 1:gpu-10de-1c81 ",
	 0},
	{"it has SR-IOV",
	 {{.address = AT(1), .id = NVIDIA(0x20f1), .ready = true, .sriov = true}},
	 1,
	 {.release = 31},
	 "gpu-10de-20f1 20f1 type-PF 1; 1:gpu-10de-20f1 ",
	 0},
	{"one that is not ready keeps its alias",
	 {{.address = AT(1), .id = NVIDIA(0x1c81), .why = "no"}},
	 1,
	 {.release = 31},
	 "gpu-10de-1c81 1c81 type-PCI 0; ",
	 1},
	{"the name asked for",
	 {{.address = AT(1), .id = NVIDIA(0x1c81), .ready = true},
	  {.address = AT(2), .id = NVIDIA(0x1c81), .why = "no"}},
	 2,
	 {.release = 31, .alias = "gpu"},
	 "gpu 1c81 type-PCI 1; 1:gpu ",
	 1},
	{"two models",
	 {{.address = AT(1), .id = NVIDIA(0x2204), .ready = true},
	  {.address = AT(2), .id = NVIDIA(0x1c81), .ready = true}},
	 2,
	 {.release = 31, .alias = "gpu"},
	 "gpu-10de-1c81 1c81 type-PCI 1; gpu-10de-2204 2204 type-PCI 1; 1:gpu-10de-2204 "
	 "2:gpu-10de-1c81 ",
	 1},
	{"one model, one with SR-IOV",
	 {{.address = AT(1), .id = NVIDIA(0x2235), .ready = true, .sriov = true},
	  {.address = AT(2), .id = NVIDIA(0x2235), .ready = true}},
	 2,
	 {.release = 31},
	 "gpu-10de-2235 2235 type-PCI 1; gpu-10de-2235-pf 2235 type-PF 1; "
	 "1:gpu-10de-2235-pf 2:gpu-10de-2235 ",
	 0},
	{"an NVSwitch is no GPU",
	 {{.address = AT(1), .id = NVIDIA(0x2330), .ready = true},
	  {.address = AT(2), .id = NVIDIA(0x22a3), .ready = true, .fabric = true}},
	 2,
	 {.release = 31, .alias = "h100"},
	 "h100 2330 type-PCI 1; nvswitch-10de-22a3 22a3 type-PCI 1; 1:h100 "
	 "2:nvswitch-10de-22a3 ",
	 1},
	{"shares a group",
	 {{.address = AT(1), .id = NVIDIA(0x1c81), .ready = true},
	  {.address = AT(2), .id = NVIDIA(0x1c81), .shares = true}},
	 2,
	 {.release = 31},
	 "gpu-10de-1c81 1c81 type-PCI 1; 1:gpu-10de-1c81 ",
	 1},
	{"shares a group, listed all the same",
	 {{.address = AT(1), .id = NVIDIA(0x1c81), .ready = true},
	  {.address = AT(2), .id = NVIDIA(0x1c81), .shares = true}},
	 2,
	 {.release = 31, .shared_groups = true},
	 "gpu-10de-1c81 1c81 type-PCI 2; 1:gpu-10de-1c81 2:gpu-10de-1c81 ",
	 0},
	{"NVSwitches of a group",
	 {{.address = AT(1), .id = NVIDIA(0x22a3), .ready = true, .fabric = true},
	  {.address = AT(2), .id = NVIDIA(0x22a3), .ready = true, .shares = true, .fabric = true}},
	 2,
	 {.release = 31},
	 "nvswitch-10de-22a3 22a3 type-PCI 1; 1:nvswitch-10de-22a3 ",
	 1},
	{"NVSwitches of a group, all listed",
	 {{.address = AT(1), .id = NVIDIA(0x22a3), .ready = true, .fabric = true},
	  {.address = AT(2), .id = NVIDIA(0x22a3), .ready = true, .shares = true, .fabric = true}},
	 2,
	 {.release = 31, .shared_groups = true},
	 "nvswitch-10de-22a3 22a3 type-PCI 2; 1:nvswitch-10de-22a3 2:nvswitch-10de-22a3 ",
	 1},
	{"the highest domain",
	 {{.address = {.domain = 0xffff, .bus = 1}, .id = NVIDIA(1), .ready = true}},
	 1,
	 {.release = 31},
	 "gpu-10de-0001 0001 type-PCI 1; 1:gpu-10de-0001 ",
	 0},
	{"a domain beyond it",
	 {{.address = {.domain = 0x10000, .bus = 1}, .id = NVIDIA(1), .ready = true}},
	 1,
	 {.release = 31},
	 "",
	 1},
};

static void test_plans(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
		struct nova_plan plan _cleanup_(nova_plan_free) = {0};
		char got[512];

		test_int("made", nova_plan_make(plans[i].gpu, plans[i].n, &plans[i].options, &plan),
			 0);
		describe(&plan, got, sizeof(got));
		test_text(plans[i].name, got, plans[i].expected);
		test_int("notes", (long)plan.notes.n, (long)plans[i].notes);
	}
}

static void test_json(void)
{
	static const struct {
		unsigned release;
		bool placement;
		const char *spec, *alias;
	} rows[] = {
#define IDS  "\"vendor_id\":\"10de\",\"product_id\":\"00a1\""
#define SPEC "{" IDS ",\"address\":\"0000:4b:00.0\""
#define ALIAS                                                               \
	"{\"name\":\"gpu-10de-00a1\"," IDS ",\"device_type\":\"type-PCI\"," \
	"\"numa_policy\":\"preferred\""
#define CLASS	  ",\"resource_class\":\"CUSTOM_PCI_10DE_00A1\""
#define UNMANAGED ",\"managed\":\"no\""
		{18, false, SPEC "}", ALIAS "}"},
		{26, false, SPEC "}", ALIAS "}"},
		{26, true, SPEC CLASS "}", ALIAS "}"},
		{27, true, SPEC CLASS "}", ALIAS CLASS "}"},
		{30, false, SPEC "}", ALIAS "}"},
		{31, false, SPEC UNMANAGED "}", ALIAS "}"},
		{34, true, SPEC UNMANAGED CLASS "}", ALIAS CLASS "}"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nova_gpu gpu = {.address = AT(0x4b), .id = NVIDIA(0xa1), .ready = true};
		struct nova_options options = {.release = rows[i].release,
					       .placement = rows[i].placement};
		struct nova_plan plan _cleanup_(nova_plan_free) = {0};
		char text[512];

		test_int("made", nova_plan_make(&gpu, 1, &options, &plan), 0);
		text_of(nova_json_spec(&plan, 0), text, sizeof(text));
		test_text("device_spec", text, rows[i].spec);
		text_of(nova_json_alias(&plan, 0), text, sizeof(text));
		test_text("alias", text, rows[i].alias);
	}
	test_text("before Zed", nova_spec_option(25), "passthrough_whitelist");
	test_text("from Zed on", nova_spec_option(26), "device_spec");
}

static void test_names(void)
{
	char longest[NOVA_ALIAS_MAX + 1], suffix[NOVA_PROVIDER_MAX];
	struct nova_spec spec = {
		.address = {.domain = 0xabcd, .bus = 0xef, .device = 31, .function = 7}};

	memset(longest, 'a', sizeof(longest));
	longest[NOVA_ALIAS_MAX] = '\0';
	test_int("too long", nova_alias_is_valid(longest), 0);
	longest[NOVA_ALIAS_MAX - 1] = '\0';
	test_int("just not", nova_alias_is_valid(longest), 1);
	test_int("empty", nova_alias_is_valid(""), 0);
	test_int("colon", nova_alias_is_valid("a:1"), 0);
	test_int("comma", nova_alias_is_valid("a,b"), 0);
	test_int("blank", nova_alias_is_valid("a b"), 0);
	test_int("quote", nova_alias_is_valid("a\"b"), 0);
	test_int("dollar", nova_alias_is_valid("a$b"), 0);
	test_int("newline", nova_alias_is_valid("a\n"), 0);
	test_int("dots and dashes", nova_alias_is_valid("A100-80G_v1.0"), 1);
	test_text("provider", nova_provider_suffix(&spec, suffix), "_ABCD:EF:1F.7");
}

static const char *value_of(const struct nova_properties *properties, const char *key)
{
	for (size_t i = 0; i < properties->n; i++)
		if (strcmp(properties->property[i].key, key) == 0)
			return properties->property[i].value;
	return "";
}

static void test_guests(void)
{
	static const struct {
		unsigned release;
		uint64_t memory_bytes;
		const char *hide, *aperture;
		bool windows;
	} rows[] = {
		{18, 0, "hide_hypervisor_id", "", false},
		{22, 0, "hw:hide_hypervisor_id", "", false},
		{23, 0, "hw:hide_hypervisor_id", "", true},
		{27, UINT64_C(64) << 30, "hw:hide_hypervisor_id", "", true},
		{28, UINT64_C(64) << 30, "hw:hide_hypervisor_id", "passthrough", true},
		{28, (UINT64_C(32) << 30) - 1, "hw:hide_hypervisor_id", "", true},
		{28, UINT64_C(32) << 30, "hw:hide_hypervisor_id", "passthrough", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nova_gpu gpu = {.address = AT(1),
				       .id = NVIDIA(1),
				       .ready = true,
				       .memory_bytes = rows[i].memory_bytes};
		struct nova_options options = {.release = rows[i].release};
		struct nova_plan plan _cleanup_(nova_plan_free) = {0};
		struct nova_properties properties;

		test_int("made", nova_plan_make(&gpu, 1, &options, &plan), 0);
		nova_flavor_properties(&plan.alias[0], 2, &properties);
		test_text("alias", value_of(&properties, "pci_passthrough:alias"),
			  "gpu-10de-0001:2");
		test_text("not hidden", value_of(&properties, rows[i].hide), "");
		test_text("hidden where asked", nova_hiding_property(rows[i].release),
			  rows[i].hide);
		nova_image_properties(&plan, NOVA_GUEST_WINDOWS_11, &properties);
		test_text("aperture", value_of(&properties, "hw_maxphysaddr_mode"),
			  rows[i].aperture);
		test_text("TPM", value_of(&properties, "hw_tpm_version"), "2.0");
		test_int("Windows 11",
			 nova_guest_is_possible(NOVA_GUEST_WINDOWS_11, rows[i].release),
			 rows[i].windows);
		nova_image_properties(&plan, NOVA_GUEST_LINUX, &properties);
		test_text("no TPM for Linux", value_of(&properties, "hw_tpm_version"), "");
	}
}

/* re.sub("[^A-Z0-9]+", "_", name.upper()) behind "CUSTOM_". */
static void test_classes(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"vcpu", "VCPU"},	  {"gtx1050", "CUSTOM_GTX1050"}, {"a -.b", "CUSTOM_A_B"},
		{"-a", "CUSTOM__A"},	  {"a--", "CUSTOM_A_"},		 {"", "CUSTOM_"},
		{"CUSTOM_x", "CUSTOM_X"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		_cleanup_free_ char *name = provider_class(rows[i].text);

		test_text(rows[i].text, name ? name : "(null)", rows[i].expected);
	}
}

TESTS(nova_plan)
{
	test_values();
	test_plans();
	test_json();
	test_names();
	test_guests();
	test_classes();
	return test_done();
}
