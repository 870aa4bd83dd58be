/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nova's rules by release. Those of 26, 31 and later are held against Nova itself elsewhere. */
#include "nova/rules/alias.h"
#include "nova/rules/alias_match.h"
#include "nova/rules/devspec_match.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/provider.h"
#include "tests/unit/test.h"

static struct nova_device devices[] = {
	{.address = {0, 0x01, 0, 0}, .id = {0x10de, 0x1c81}, .numa_node = -1},
	{.address = {0, 0x01, 0, 1}, .id = {0x10de, 0x0fb9}, .numa_node = -1},
	{.address = {0, 0x3b, 0, 0}, .id = {0x10de, 0x20b5}, .type = NOVA_TYPE_PF, .numa_node = -1},
	{.address = {0, 0x3b, 0, 4},
	 .parent = {0, 0x3b, 0, 0},
	 .id = {0x10de, 0x20b5},
	 .type = NOVA_TYPE_VF,
	 .numa_node = -1},
	{.address = {0, 0x3b, 0, 5},
	 .parent = {0, 0x3b, 0, 0},
	 .id = {0x10de, 0x20b5},
	 .type = NOVA_TYPE_VF,
	 .numa_node = -1},
};
static struct nova_netdev netdevs[] = {
	{(char[]){"eth0"}, (char[]){"0000:01:00.1"}, 0},
	{(char[]){"pf0"}, (char[]){"0000:3b:00.0"}, 4},
};
static const struct nova_host host = {devices, ARRAY_SIZE(devices), netdevs, ARRAY_SIZE(netdevs)};

static struct nova_rules rules_of(unsigned release, bool report, bool placement)
{
	return (struct nova_rules){release, report, placement, "node", &host};
}

/* "01:00.0 3b:00.4": which devices are matched. */
static void format_matches(const struct devspecs *specs, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < host.n_devices; i++) {
		char a[PCI_ADDRESS_MAX];
		bool unknown;

		if (devspecs_find(specs, &devices[i], &unknown) || unknown)
			snprintf(buf + strlen(buf), size - strlen(buf), "%s%s%s", *buf ? " " : "",
				 unknown ? "?" : "",
				 pci_address_format(&devices[i].address, a) + 5);
	}
}

#define SPEC	  "Invalid [pci]device_spec config: "
#define WHITELIST "Invalid PCI devices Whitelist config: "
#define WORDS                                                                          \
	"acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', " \
	"'true', 'y', 'yes'"

static const struct {
	const char *name;
	unsigned release;
	bool report;
	const char *spec, *expected;
} spec_rows[] = {
	{"IDs", 18, false, "{\"vendor_id\":\"10de\",\"product_id\":\"1c81\"}", "01:00.0"},
	{"an address", 34, false, "{\"address\":\"0000:01:00.0\"}", "01:00.0"},
	{"all of a slot", 34, false, "{\"address\":\"01:00\"}", "01:00.0 01:00.1"},
	{"everything", 34, false, "{}", "01:00.0 01:00.1 3b:00.0 3b:00.4 3b:00.5"},
	{"a list", 34, false, "[{\"address\":\".1\"},{\"product_id\":\"1c81\"}]",
	 "01:00.0 01:00.1"},
	{"a physical function and its own", 34, false, "{\"address\":\"0000:3b:00.0\"}",
	 "3b:00.0 3b:00.4 3b:00.5"},
	{"a wildcard is not its own", 34, false, "{\"address\":\"*:3b:00.0\"}", "3b:00.0"},
	{"a regex", 34, false, "{\"address\":{\"bus\":\"3\",\"function\":\"[45]\"}}",
	 "3b:00.4 3b:00.5"},
	{"a devname", 34, false, "{\"devname\":\"eth0\"}", "01:00.1"},
	{"a devname that is absent", 34, false, "{\"devname\":\"eth9\"}", ""},
	{"a devname of a physical function", 34, false, "{\"devname\":\"pf0\"}",
	 "3b:00.0 3b:00.4 3b:00.5"},
	{"no hex, Zed", 26, false, "{\"vendor_id\":\"10dg\"}",
	 SPEC "property vendor_id ('10dg') does not parse as a hex number."},
	{"no hex, Yoga", 25, false, "{\"vendor_id\":\"10dg\"}",
	 WHITELIST "property vendor_id ('10dg') does not parse as a hex number."},
	{"0x before an ID", 34, false, "{\"vendor_id\":\"0x10de\"}",
	 "01:00.0 01:00.1 3b:00.0 3b:00.4 3b:00.5"},
	{"an ID as int() takes it", 34, false, "{\"vendor_id\":\" +0X_10_DE \"}",
	 "01:00.0 01:00.1 3b:00.0 3b:00.4 3b:00.5"},
	{"a negative ID", 34, false, "{\"vendor_id\":\"-1\"}", ""},
	{"an underscore at its end", 34, false, "{\"vendor_id\":\"10de_\"}",
	 SPEC "property vendor_id ('10de_') does not parse as a hex number."},
	{"two underscores", 34, false, "{\"vendor_id\":\"10__de\"}",
	 SPEC "property vendor_id ('10__de') does not parse as a hex number."},
	{"an underscore before an ID", 34, false, "{\"vendor_id\":\"_10de\"}",
	 SPEC "property vendor_id ('_10de') does not parse as a hex number."},
	{"nothing behind 0x", 34, false, "{\"vendor_id\":\"0x\"}",
	 SPEC "property vendor_id ('0x') does not parse as a hex number."},
	{"nothing behind 0x_", 34, false, "{\"vendor_id\":\"0x_\"}",
	 SPEC "property vendor_id ('0x_') does not parse as a hex number."},
	{"more digits than fit", 34, false, "{\"vendor_id\":\"11111111111111111\"}",
	 SPEC
	 "property vendor_id (11111111111111111) is greater than the maximum allowable value (FFFF)."},
	{"too large", 26, false, "{\"address\":\"0000:01:20.0\"}",
	 SPEC "property slot (20) is greater than the maximum allowable value (1F)."},
	{"a bad word is a tag, 2024.2", 30, false, "{\"address\":\"01:00.0\",\"managed\":\"x\"}",
	 "01:00.0"},
	{"a bad word, 2025.1", 31, false, "{\"managed\":\"x\"}",
	 SPEC "Cannot parse tag 'managed': Unrecognized value 'x', " WORDS},
	{"one time use is a tag, 2025.1", 31, false,
	 "{\"address\":\"01:00.0\",\"one_time_use\":\"yes\"}", "01:00.0"},
	{"one time use, 2025.2", 32, false, "{\"one_time_use\":\"yes\"}",
	 SPEC "one_time_use=true requires pci.report_in_placement to be enabled"},
	{"one time use, reported", 32, true, "{\"address\":\"01:00.0\",\"one_time_use\":\"yes\"}",
	 "01:00.0"},
	{"remote managed is a tag, Xena", 24, false,
	 "{\"address\":\"0000:3b:00.0\",\"remote_managed\":\"yes\"}", "3b:00.0 3b:00.4 3b:00.5"},
	{"remote managed, Yoga", 25, false,
	 "{\"address\":\"0000:3b:00.0\",\"remote_managed\":\"yes\"}",
	 "PCI device <nova.pci.devspec.PciAddressGlobSpec object> not found"},
	{"remote managed of a function", 25, false,
	 "{\"address\":\"0000:3b:00.4\",\"remote_managed\":\"yes\"}", "?3b:00.4"},
	{"no JSON", 34, false, "{'a'}", SPEC "Invalid entry: '{'a'}'"},
	{"a number", 34, false, "5", SPEC "Invalid entry: '5'; Expecting list or dict"},
	{"a list of numbers", 34, false, "[5.0]", SPEC "Invalid entry: '5.0'; Expecting dict"},
	{"a vendor number", 34, false, "{\"vendor_id\":4318}",
	 "'int' object has no attribute 'strip'"},
	{"a strange regex", 34, false, "{\"address\":{\"bus\":\"(?i)A\"}}",
	 "?a regular expression of more than ordinary kind"},
	{"other digits", 34, false, "{\"vendor_id\":\"\xd9\xa1\"}",
	 "?characters outside ASCII in a hex number"},
};

static void test_specs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(spec_rows); i++) {
		struct nova_rules rules =
			rules_of(spec_rows[i].release, spec_rows[i].report, false);
		struct devspecs specs;
		char text[512];

		test_int("it is read", devspecs_parse(&rules, &spec_rows[i].spec, 1, &specs), 0);
		format_matches(&specs, text, sizeof(text));
		if (specs.doubt)
			snprintf(text, sizeof(text), "?%s", specs.doubt);
		test_text(spec_rows[i].name, specs.error.type ? specs.error.text : text,
			  spec_rows[i].expected);
		devspecs_free(&specs);
	}
}

#define BAD   "Invalid PCI alias definition: "
#define NAMED "{\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\""

static const struct {
	const char *name;
	unsigned release;
	bool placement;
	const char *alias[2], *expected;
} alias_rows[] = {
	{"plain", 18, false, {NAMED "}"}, "a"},
	{"stripped", 18, false, {"{\"name\":\" a \"}"}, "a"},
	{"a socket, Victoria",
	 22,
	 false,
	 {NAMED ",\"numa_policy\":\"socket\"}"},
	 BAD "'socket' is not one of ['required', 'legacy', 'preferred']"},
	{"a socket, Wallaby", 23, false, {NAMED ",\"numa_policy\":\"socket\"}"}, "a"},
	{"a class, Zed",
	 26,
	 false,
	 {NAMED ",\"resource_class\":\"x\"}"},
	 BAD "Additional properties are not allowed ('resource_class' was unexpected)"},
	{"a class, 2023.1", 27, false, {NAMED ",\"resource_class\":\"x\"}"}, "a"},
	{"two keys",
	 34,
	 false,
	 {"{\"b\":1,\"a\":2,\"name\":\"x\"}"},
	 BAD "Additional properties are not allowed ('a', 'b' were unexpected)"},
	{"live migratable, 2024.2",
	 30,
	 false,
	 {NAMED ",\"live_migratable\":\"yes\"}"},
	 BAD "Additional properties are not allowed ('live_migratable' was unexpected)"},
	{"live migratable, 2025.1",
	 31,
	 false,
	 {NAMED ",\"live_migratable\":\"x\"}"},
	 BAD "Unrecognized value 'x', " WORDS},
	{"only a name, 2025.1", 31, false, {"{\"name\":\"a\"}"}, "a"},
	{"only a name, 2025.2",
	 32,
	 false,
	 {"{\"name\":\"a\"}"},
	 BAD "The PCI alias(es) a does not have vendor_id and product_id fields set."},
	{"only a class, 2025.2",
	 32,
	 false,
	 {"{\"name\":\"a\",\"resource_class\":\"x\"}"},
	 BAD "The PCI alias(es) a does not have vendor_id and product_id fields set."},
	{"only a class, in Placement",
	 32,
	 true,
	 {"{\"name\":\"a\",\"resource_class\":\"x\"}"},
	 "a"},
	{"twice without type", 18, false, {NAMED "}", NAMED "}"}, BAD "'dev_type'"},
	{"twice",
	 32,
	 false,
	 {NAMED ",\"device_type\":\"type-PCI\"}", NAMED ",\"device_type\":\"type-PCI\"}"},
	 "a a"},
	{"no name", 18, false, {"{}"}, BAD "'name' is a required property"},
	{"a list", 18, false, {"[]"}, BAD "[] is not of type 'object'"},
	{"an ID with 0x",
	 18,
	 false,
	 {"{\"name\":\"a\",\"vendor_id\":\"0x10de\"}"},
	 BAD "'0x10de' does not match '^([\\\\da-fA-F]{4})$'"},
	{"no JSON",
	 18,
	 false,
	 {"{"},
	 BAD "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
};

static void test_aliases(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(alias_rows); i++) {
		struct nova_rules rules = rules_of(alias_rows[i].release, alias_rows[i].placement,
						   alias_rows[i].placement);
		struct alias_rules aliases;
		char text[256] = "";

		test_int("it is read",
			 alias_rules_parse(&rules, alias_rows[i].alias,
					   alias_rows[i].alias[1] ? 2 : 1, &aliases),
			 0);
		for (size_t k = 0; k < aliases.n; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
				 k ? " " : "", aliases.alias[k].name);
		test_text(alias_rows[i].name, aliases.error.type ? aliases.error.text : text,
			  alias_rows[i].expected);
		alias_rules_free(&aliases);
	}
}

static void test_multiple_names(void)
{
	static const char *const options[] = {"{\"name\":\"c\"}", "{\"name\":\"b\"}"};
	struct nova_rules rules = rules_of(34, false, false);
	struct alias_rules aliases;

	test_int("names", alias_rules_parse(&rules, options, 2, &aliases), 0);
	test_text("are sorted", aliases.error.type ? aliases.error.text : "",
		  BAD "The PCI alias(es) b,c does not have vendor_id and product_id fields set.");
	alias_rules_free(&aliases);
}

#define A64	  "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
#define LONG_NAME A64 A64 A64 A64 "e"

/* Nova's schema: from 1 to 256 characters. */
static void test_lengths(void)
{
	static const int lengths[] = {0, 1, 255, 256, 257};
	struct nova_rules rules = rules_of(31, false, false);

	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		char text[400];
		const char *option = text;
		struct alias_rules aliases;

		snprintf(text, sizeof(text),
			 "{\"name\":\"%.*s\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\"}",
			 lengths[i], LONG_NAME);
		test_int("it is read", alias_rules_parse(&rules, &option, 1, &aliases), 0);
		test_int("a name as long as that", !aliases.error.type,
			 lengths[i] >= 1 && lengths[i] <= 256);
		alias_rules_free(&aliases);
	}
}

/* A key of a later release is any key: what stands there is not looked at. */
static void test_later_keys(void)
{
	static const struct {
		const char *spec;
		unsigned since;
	} rows[] = {
		{"{\"address\":\"0000:01:00.0\",\"managed\":\"x\"}", 31},
		{"{\"address\":\"0000:01:00.0\",\"live_migratable\":\"x\"}", 31},
		{"{\"address\":\"0000:01:00.0\",\"one_time_use\":\"x\"}", 32},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned release = rows[i].since - 1; release <= rows[i].since; release++) {
			struct nova_rules rules = rules_of(release, true, false);
			struct devspecs specs;

			test_int("it is read", devspecs_parse(&rules, &rows[i].spec, 1, &specs), 0);
			test_int(rows[i].spec, !specs.error.type, release < rows[i].since);
			devspecs_free(&specs);
		}
}

#define VF(tags) "[{\"address\":\"0000:3b:00.4\"" tags "},{\"address\":\"0000:3b:00.5\"}]"

static const struct {
	const char *name;
	unsigned release;
	const char *spec, *expected;
} provider_rows[] = {
	{"a GPU", 26, "{\"product_id\":\"1c81\"}",
	 "node_0000:01:00.0 CUSTOM_PCI_10DE_1C81 1 COMPUTE_MANAGED_PCI_DEVICE"},
	{"virtual functions", 26, VF(""),
	 "node_0000:3B:00.0 CUSTOM_PCI_10DE_20B5 2 COMPUTE_MANAGED_PCI_DEVICE"},
	{"names", 26,
	 "{\"product_id\":\"1c81\",\"resource_class\":\"gtx 1050-ti\",\"traits\":"
	 "\"rack7,HW_GPU_API_VULKAN\"}",
	 "node_0000:01:00.0 CUSTOM_GTX_1050_TI 1 COMPUTE_MANAGED_PCI_DEVICE CUSTOM_RACK7 "
	 "HW_GPU_API_VULKAN"},
	{"live migratable, 2026.2", 34, "{\"product_id\":\"1c81\",\"live_migratable\":\"yes\"}",
	 "node_0000:01:00.0 CUSTOM_PCI_10DE_1C81 1 COMPUTE_MANAGED_PCI_DEVICE "
	 "HW_PCI_LIVE_MIGRATABLE OWNER_NOVA"},
	{"2026.1", 33, "{\"product_id\":\"1c81\"}",
	 "node_0000:01:00.0 CUSTOM_PCI_10DE_1C81 1 COMPUTE_MANAGED_PCI_DEVICE"},
	{"2026.2, virtual functions", 34, VF(""),
	 "node_0000:3B:00.0 CUSTOM_PCI_10DE_20B5 2 COMPUTE_MANAGED_PCI_DEVICE OWNER_NOVA"},
	{"Neutron's", 26, "{\"product_id\":\"1c81\",\"physical_network\":\"x\"}", ""},
	{"both", 26, "{\"address\":\"0000:3b:00.0\"}",
	 "Configuring both 0000:3b:00.4 and 0000:3b:00.0 in [pci]device_spec is not "
	 "supported. "
	 "Either the parent PF or its children VFs can be configured."},
	{"two classes", 26, VF(",\"resource_class\":\"a\""),
	 "VFs from the same PF cannot be configured with different 'resource_class' values "
	 "in "
	 "[pci]device_spec. We got CUSTOM_PCI_10DE_20B5 for 0000:3b:00.5 and CUSTOM_A for "
	 "0000:3b:00.4."},
	{"two traits", 26, VF(",\"traits\":\"a\""),
	 "VFs from the same PF cannot be configured with different set of 'traits' in "
	 "[pci]device_spec. We got COMPUTE_MANAGED_PCI_DEVICE for 0000:3b:00.5 and "
	 "COMPUTE_MANAGED_PCI_DEVICE,CUSTOM_A for 0000:3b:00.4."},
	{"two traits, 2026.2", 34, VF(",\"traits\":\"a\""),
	 "VFs from the same PF cannot be configured with different set of 'traits' in "
	 "[pci]device_spec. We got COMPUTE_MANAGED_PCI_DEVICE for 0000:3b:00.5 and "
	 "COMPUTE_MANAGED_PCI_DEVICE,CUSTOM_A for 0000:3b:00.4."},
	{"a devname", 26, "{\"devname\":\"eth0\"}",
	 "Failed to gather or report PCI resources to Placement: Invalid [pci]device_spec "
	 "configuration. PCI Placement reporting does not support 'devname' based device "
	 "specification but we got {'devname': 'eth0'}. Please use PCI address in the "
	 "configuration instead."},
	{"a class number", 26, "{\"product_id\":\"1c81\",\"resource_class\":5}",
	 "'int' object has no attribute 'upper'"},
	{"one time use, 2025.2", 32, "{\"address\":\"0000:3b:00.4\",\"one_time_use\":\"no\"}",
	 "Failed to gather or report PCI resources to Placement: Only type-PCI and type-PF "
	 "devices may set one_time_use and node_0000:3B:00.0 does not qualify"},
};

static void test_providers(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(provider_rows); i++) {
		struct nova_rules rules = rules_of(provider_rows[i].release, true, false);
		struct providers providers;
		struct devspecs specs;
		char text[512] = "";

		test_int("it is read", devspecs_parse(&rules, &provider_rows[i].spec, 1, &specs),
			 0);
		test_int("it is reported", providers_make(&rules, &specs, &providers), 0);
		for (size_t k = 0; k < providers.n; k++) {
			const struct provider *p = &providers.provider[k];
			_cleanup_free_ char *name = provider_name("node", &p->address);

			snprintf(text, sizeof(text), "%s %s %zu", name ? name : "",
				 p->resource_class, p->n_devices);
			for (size_t t = 0; t < p->trait.n; t++)
				snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
					 p->trait.text[t]);
		}
		test_text(provider_rows[i].name, providers.error.type ? providers.error.text : text,
			  provider_rows[i].expected);
		providers_free(&providers);
		devspecs_free(&specs);
	}
}

#define ALIAS "{\"name\":\"a\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\""

static const struct {
	const char *name, *a, *b;
	bool same;
} same_rows[] = {
	{"the words", ALIAS "}", ALIAS "}", true},
	{"capitals", ALIAS "}", "{\"product_id\":\"1C81\",\"vendor_id\":\"10DE\",\"name\":\" a \"}",
	 true},
	{"the default policy", ALIAS "}", ALIAS ",\"numa_policy\":\"legacy\"}", true},
	{"another policy", ALIAS "}", ALIAS ",\"numa_policy\":\"preferred\"}", false},
	{"a type", ALIAS "}", ALIAS ",\"device_type\":\"type-PCI\"}", false},
	{"the default class", ALIAS "}", ALIAS ",\"resource_class\":\"CUSTOM_PCI_10DE_1C81\"}",
	 true},
	{"another class", ALIAS "}", ALIAS ",\"resource_class\":\"gpu\"}", false},
	{"traits in another order", ALIAS ",\"traits\":\"a,HW_GPU_API_VULKAN\"}",
	 ALIAS ",\"traits\":\"HW_GPU_API_VULKAN,CUSTOM_A\"}", true},
	{"no traits", ALIAS ",\"traits\":\"\"}", ALIAS "}", true},
	{"a trait more", ALIAS ",\"traits\":\"a\"}", ALIAS ",\"traits\":\"a,b\"}", false},
	{"migration", ALIAS ",\"live_migratable\":\"yes\"}", ALIAS ",\"live_migratable\":\"1\"}",
	 true},
	{"no migration", ALIAS ",\"live_migratable\":\"no\"}", ALIAS "}", false},
	{"another name", ALIAS "}",
	 "{\"name\":\"b\",\"vendor_id\":\"10de\",\"product_id\":\"1c81\"}", false},
	{"fewer IDs", ALIAS "}", "{\"name\":\"a\",\"vendor_id\":\"10de\"}", false},
};

static void test_same_aliases(void)
{
	struct nova_rules rules = rules_of(31, false, false);

	for (size_t i = 0; i < ARRAY_SIZE(same_rows); i++) {
		struct alias_rules a, b;

		test_int("it is read", alias_rules_parse(&rules, &same_rows[i].a, 1, &a), 0);
		test_int("it is read", alias_rules_parse(&rules, &same_rows[i].b, 1, &b), 0);
		test_int("it is taken", a.n == 1 && b.n == 1, true);
		test_int(same_rows[i].name, alias_is_same(a.alias, b.alias), same_rows[i].same);
		test_int(same_rows[i].name, alias_is_same(b.alias, a.alias), same_rows[i].same);
		alias_rules_free(&a);
		alias_rules_free(&b);
	}
}

static const struct {
	const char *name;
	unsigned release;
	bool placement;
	const char *spec, *alias;
	size_t device;
	bool expected;
} matching_rows[] = {
	{"IDs", 18, false, "{}", NAMED "}", 0, true},
	{"IDs in capitals", 18, false, "{}", "{\"name\":\"a\",\"vendor_id\":\"10DE\"}", 0, true},
	{"other IDs", 18, false, "{}", NAMED "}", 1, false},
	{"a physical function unasked", 18, false, "{}", "{\"name\":\"a\"}", 2, false},
	{"a physical function", 18, false, "{}", "{\"name\":\"a\",\"device_type\":\"type-PF\"}", 2,
	 true},
	{"another type", 18, false, "{}", NAMED ",\"device_type\":\"type-VF\"}", 0, false},
	{"a function that its spec calls no physical one", 18, false, "{\"dev_type\":\"type-PCI\"}",
	 "{\"name\":\"a\"}", 2, true},
	{"the same, asked for", 31, false, "{\"dev_type\":\"type-PCI\"}",
	 "{\"name\":\"a\",\"device_type\":\"type-PF\"}", 2, false},
	{"one that its spec calls a physical one", 31, false, "{\"dev_type\":\"type-PF\"}",
	 NAMED "}", 0, false},
	{"a capability nobody has", 18, false, "{}", NAMED ",\"capability_type\":\"pci\"}", 0,
	 false},
	{"live migratable", 31, false, "{\"live_migratable\":\"yes\"}",
	 NAMED ",\"live_migratable\":\"yes\"}", 0, true},
	{"not live migratable, unsaid", 31, false, "{}", NAMED ",\"live_migratable\":\"no\"}", 0,
	 false},
	{"a class, not in Placement", 31, false, "{\"resource_class\":\"x\"}", NAMED "}", 0, true},
	{"a class, in Placement", 31, true, "{\"resource_class\":\"x\"}", NAMED "}", 0, false},
	{"the same class", 31, true, "{\"resource_class\":\"x\"}",
	 NAMED ",\"resource_class\":\"CUSTOM_X\"}", 0, true},
	{"a class of the IDs", 31, true, "{}", NAMED "}", 0, true},
	{"a trait it has", 31, true, "{\"traits\":\"b,a\"}", NAMED ",\"traits\":\"A\"}", 0, true},
	{"a trait it has not", 31, true, "{}", NAMED ",\"traits\":\"a\"}", 0, false},
	{"a class, before there was one", 26, true, "{\"resource_class\":\"x\"}", NAMED "}", 0,
	 true},
};

static void test_matching(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(matching_rows); i++) {
		struct nova_rules rules =
			rules_of(matching_rows[i].release, matching_rows[i].placement,
				 matching_rows[i].placement);
		struct alias_rules aliases;
		struct devspecs specs;

		test_int("device_spec", devspecs_parse(&rules, &matching_rows[i].spec, 1, &specs),
			 0);
		test_int("alias", alias_rules_parse(&rules, &matching_rows[i].alias, 1, &aliases),
			 0);
		if (test_int(matching_rows[i].name, (long)(specs.n * aliases.n), 1))
			test_int(matching_rows[i].name,
				 alias_matches(&rules, &aliases.alias[0], &specs.spec[0],
					       &devices[matching_rows[i].device]),
				 matching_rows[i].expected);
		alias_rules_free(&aliases);
		devspecs_free(&specs);
	}
}

TESTS(nova_rules)
{
	test_specs();
	test_aliases();
	test_multiple_names();
	test_lengths();
	test_later_keys();
	test_providers();
	test_same_aliases();
	test_matching();
	return test_done();
}
