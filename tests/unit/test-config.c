/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/config.h"

#include "tests/unit/test.h"

#define ID	  "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81, or VENDOR:*"
#define SELECTOR  "expected address=, path=, class=, subsystem= or functions="
#define NO_LIST	  "expected address=, path=, class= or subsystem="
#define SKIP	  "expected VENDOR:DEVICE, address=, path=, class= or subsystem="
#define ONCE	  "expected each of address=, path=, class=, subsystem= and functions= only once"
#define FUNCTIONS "expected functions 0 to 7 of the slot, as in functions=0,2-3"
#define ITSELF	  "expected functions= to hold the function that address= or path= names"
#define ADDRESS	  "expected a full PCI address, as in address=0000:3b:00.0"
#define CLASS	  "expected 2, 4 or 6 hex digits, as in class=0302"
#define SUBSYSTEM "expected two times four hex digits, as in subsystem=10de:16c1"
#define SETTING	  "expected a setting and its value, as in boot-vga=refuse"
#define RUN	  "expected a program's absolute path"
#define NAME \
	"expected boot-vga=, companions=, rebind=, driver=, arm=, expect=, isolation=, return-to-service= or run-before-return="
#define END	  "expected the end of the line, or a comment after a blank"
#define STATEMENT "expected claim, skip or set"
#define DRIVER	  "expected vfio-pci, auto or a driver's name"
#define EXPECT	  "expected any or a number up to 4096"
#define A63	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* All that a text gives, as one line: its rules, its settings, its errors. */
static void render(const char *text, size_t size, char *buf, size_t room)
{
	char word[DRIVER_NAME_MAX], rule[RULE_TEXT_MAX];
	struct config config;
	size_t used = 0;

	if (config_parse(text, size, "file", &config) != 0)
		abort();

	buf[0] = '\0';
	for (size_t i = 0; i < config.n_rules && used < room; i++)
		used += (size_t)snprintf(buf + used, room - used, "%u:%s; ", config.rules[i].line,
					 rule_format(&config.rules[i], rule));
	for (unsigned i = 0; i < _SETTING_COUNT && used < room; i++)
		if (config.has & 1u << i)
			used += (size_t)snprintf(
				buf + used, room - used, "%s=%s; ", setting_name((enum setting)i),
				setting_format(&config.settings, (enum setting)i, word));
	if (config.n_errors > 0 && used < room)
		(void)snprintf(buf + used, room - used, "%u:%u: %s (%u)", config.error[0].line,
			       config.error[0].column, config.error[0].what, config.n_errors);
	config_free(&config);
}

static void check(const char *name, const char *text, size_t size, const char *expected)
{
	char buf[1024];

	render(text, size, buf, sizeof(buf));
	test_text(name, buf, expected);
}

static void test_good(void)
{
	static const struct {
		const char *name, *text, *expected;
	} rows[] = {
		{"nothing", "", ""},
		{"blank lines", "\n \n\t\n\r\n", ""},
		{"comments", "# claim\n  # skip\n\t#set\n#\n", ""},
		{"an ID", "claim 10de:1c81\n", "1:claim 10de:1c81; "},
		{"no last newline", "claim 10de:1c81", "1:claim 10de:1c81; "},
		{"upper case digits", "claim 10DE:1C81", "1:claim 10de:1c81; "},
		{"a wildcard", "claim 10de:*", "1:claim 10de:*; "},
		{"indented", " \tclaim\t 10de:1c81 \t\n", "1:claim 10de:1c81; "},
		{"a comment after", "claim 10de:1c81 # all of them\n", "1:claim 10de:1c81; "},
		{"a comment after a tab", "claim 10de:1c81\t#all\n", "1:claim 10de:1c81; "},
		{"Windows line ends", "claim 10de:1c81\r\nclaim 10de:1c82\r\n",
		 "1:claim 10de:1c81; 2:claim 10de:1c82; "},
		{"a last line with CR alone", "claim 10de:1c81\r", "1:claim 10de:1c81; "},
		{"a byte order mark",
		 "\xef\xbb\xbf"
		 "claim 10de:1c81\n",
		 "1:claim 10de:1c81; "},
		{"a byte order mark alone", "\xef\xbb\xbf", ""},
		{"an address", "claim 10de:2330 address=0000:3B:00.0",
		 "1:claim 10de:2330 address=0000:3b:00.0; "},
		{"a VMD domain", "claim 10de:2330 address=10000:01:00.0",
		 "1:claim 10de:2330 address=10000:01:00.0; "},
		{"a base class", "claim 10de:* class=03", "1:claim 10de:* class=03; "},
		{"a subclass", "claim 10de:* class=0302", "1:claim 10de:* class=0302; "},
		{"a whole class", "claim 10de:* class=0C0330", "1:claim 10de:* class=0c0330; "},
		{"class zero", "claim 10de:* class=0000", "1:claim 10de:* class=0000; "},
		{"a subsystem", "claim 10de:* subsystem=10de:16C1",
		 "1:claim 10de:* subsystem=10de:16c1; "},
		{"everything",
		 "claim 10de:2330 subsystem=10de:16c1 class=0302 address=0000:3b:00.0",
		 "1:claim 10de:2330 address=0000:3b:00.0 class=0302 subsystem=10de:16c1; "},
		{"skip an address", "skip address=0000:01:00.0", "1:skip address=0000:01:00.0; "},
		{"skip an ID", "skip 10de:1c81", "1:skip 10de:1c81; "},
		{"skip a vendor", "skip 10de:*", "1:skip 10de:*; "},
		{"skip a class", "skip class=0300", "1:skip class=0300; "},
		{"functions", "claim 10de:1c81 functions=0-1", "1:claim 10de:1c81 functions=0-1; "},
		{"functions in any order, and twice", "claim 10de:1c81 functions=3,0,1,0-1",
		 "1:claim 10de:1c81 functions=0-1,3; "},
		{"every function", "claim 10de:1c81 functions=0-7",
		 "1:claim 10de:1c81 functions=0-7; "},
		{"every other function, and all words",
		 "claim 10de:1c81 functions=0,2,4,6 subsystem=0001:0002 class=030000 "
		 "address=12345678:01:00.0",
		 "1:claim 10de:1c81 address=12345678:01:00.0 class=030000 subsystem=0001:0002 "
		 "functions=0,2,4,6; "},
		{"skip a subsystem", "skip subsystem=10de:16c1", "1:skip subsystem=10de:16c1; "},
		{"skip with all",
		 "skip 10de:1c81 address=0000:01:00.0 class=03 subsystem=0001:0002",
		 "1:skip 10de:1c81 address=0000:01:00.0 class=03 subsystem=0001:0002; "},
		{"in order", "skip 10de:*\nclaim 10de:0001\n\nskip 10de:*",
		 "1:skip 10de:*; 2:claim 10de:0001; 4:skip 10de:*; "},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(rows[i].name, rows[i].text, strlen(rows[i].text), rows[i].expected);
}

static const struct {
	const char *line, *expected;
} setting_rows[] = {
	{"set boot-vga=refuse", "boot-vga=refuse; "},
	{"set boot-vga=allow", "boot-vga=allow; "},
	{"set boot_vga=allow", "boot-vga=allow; "},
	{"set boot-vga=yes", "1:5: expected refuse or allow (1)"},
	{"set boot-vga=Allow", "1:5: expected refuse or allow (1)"},
	{"set boot-vga=", "1:5: expected refuse or allow (1)"},
	{"set companions=slot", "companions=slot; "},
	{"set companions=group", "companions=group; "},
	{"set companions=none", "companions=none; "},
	{"set companions=no", "1:5: expected slot, group or none (1)"},
	{"set rebind=companions", "rebind=companions; "},
	{"set rebind=no", "rebind=no; "},
	{"set rebind=yes", "rebind=yes; "},
	{"set rebind=true", "1:5: expected companions, no or yes (1)"},
	{"set arm=always", "arm=always; "},
	{"set arm=karg", "arm=karg; "},
	{"set arm=never", "1:5: expected always or karg (1)"},
	{"set driver=vfio-pci", "driver=vfio-pci; "},
	{"set driver=auto", "driver=auto; "},
	{"set driver=nvgrace_gpu-vfio-PCI9", "driver=nvgrace_gpu-vfio-PCI9; "},
	{"set driver=" A63, "driver=" A63 "; "},
	{"set driver=" A63 "a", "1:5: " DRIVER " (1)"},
	{"set driver=", "1:5: " DRIVER " (1)"},
	{"set driver=../x", "1:5: " DRIVER " (1)"},
	{"set driver=a.b", "1:5: " DRIVER " (1)"},
	{"set driver=vfio=pci", "1:5: " DRIVER " (1)"},
	{"set expect=any", "expect=any; "},
	{"set expect=0", "expect=0; "},
	{"set expect=8", "expect=8; "},
	{"set expect=4096", "expect=4096; "},
	{"set expect=4097", "1:5: " EXPECT " (1)"},
	{"set expect=10000", "1:5: " EXPECT " (1)"},
	{"set expect=99999999999999999999", "1:5: " EXPECT " (1)"},
	{"set expect=-1", "1:5: " EXPECT " (1)"},
	{"set expect=+1", "1:5: " EXPECT " (1)"},
	{"set expect=010", "1:5: " EXPECT " (1)"},
	{"set expect=8x", "1:5: " EXPECT " (1)"},
	{"set expect=", "1:5: " EXPECT " (1)"},
	{"set isolation=accept", "isolation=accept; "},
	{"set isolation=require", "isolation=require; "},
	{"set return-to-service=manual", "return-to-service=manual; "},
	{"set return-to-service=auto", "return-to-service=auto; "},
	{"set return-to-service=yes", "1:5: expected manual or auto (1)"},
	{"set run-before-return=/usr/local/sbin/scrub-gpu_2.x",
	 "run-before-return=/usr/local/sbin/scrub-gpu_2.x; "},
	{"set run-before-return=", "run-before-return=; "},
	{"set run-before-return=scrub", "1:5: " RUN " (1)"},
	{"set run-before-return=/usr/sbin/", "1:5: " RUN " (1)"},
	{"set run-before-return=/a;b", "1:5: " RUN " (1)"},
	{"set run-before-return=/scrub --all", "1:30: " END " (1)"},
	{"set isolation=yes", "1:5: expected accept or require (1)"},
	{"set", "1:4: " SETTING " (1)"},
	{"set # boot-vga=allow", "1:5: " SETTING " (1)"},
	{"set boot-vga", "1:5: " SETTING " (1)"},
	{"set boot-vga allow", "1:5: " SETTING " (1)"},
	{"set boot-vga =allow", "1:5: " SETTING " (1)"},
	{"set boot-vga= allow", "1:5: expected refuse or allow (1)"},
	{"set =allow", "1:5: " NAME " (1)"},
	{"set bootvga=allow", "1:5: " NAME " (1)"},
	{"set boot-vga2=allow", "1:5: " NAME " (1)"},
	{"set  Driver=auto", "1:6: " NAME " (1)"},
	{"set arm=karg rebind=no", "1:14: " END " (1)"},
	{"set arm=karg arm=karg", "1:14: " END " (1)"},
	{"set arm=karg # until the trial is over", "arm=karg; "},
	{"set arm=karg\nset arm=always\n", "arm=always; "},
	{"set rebind=no\nset rebind=maybe\n", "rebind=no; 2:5: expected companions, no or yes (1)"},
};

static void test_settings(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(setting_rows); i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "setting %zu", i + 1);
		check(name, setting_rows[i].line, strlen(setting_rows[i].line),
		      setting_rows[i].expected);
	}
}

static const struct {
	const char *line, *expected;
} bad_rows[] = {
	{"claim", "1:6: " ID " (1)"},
	{"claim   ", "1:9: " ID " (1)"},
	{"claim # 10de:1c81", "1:7: " ID " (1)"},
	{"claim 10de", "1:7: " ID " (1)"},
	{"claim 10de:", "1:7: " ID " (1)"},
	{"claim 10de:1", "1:7: " ID " (1)"},
	{"claim 10de:1c8", "1:7: " ID " (1)"},
	{"claim 10de:1c811", "1:7: " ID " (1)"},
	{"claim 10de:1c8*", "1:7: " ID " (1)"},
	{"claim 10de:**", "1:7: " ID " (1)"},
	{"claim 10de*", "1:7: " ID " (1)"},
	{"claim *:*", "1:7: " ID " (1)"},
	{"claim *:1c81", "1:7: " ID " (1)"},
	{"claim *", "1:7: " ID " (1)"},
	{"claim 0x10de:0x1c81", "1:7: " ID " (1)"},
	{"claim 10de:1c81,10de:1c82", "1:7: " ID " (1)"},
	{"claim 10de:1c81#all", "1:7: " ID " (1)"},
	{"claim \"10de:1c81\"", "1:7: " ID " (1)"},
	{"claim 0000:01:00.0", "1:7: " ID " (1)"},
	{"claim address=0000:01:00.0", "1:7: " ID " (1)"},
	{"claim address=0000:01:00.0 10de:1c81", "1:7: " ID " (1)"},
	{"claim 10de:1c81 10de:1c82", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 address", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 addr=0000:01:00.0", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 Address=0000:01:00.0", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 =0000:01:00.0", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 boot-vga=allow", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 // all", "1:17: " SELECTOR " (1)"},
	{"claim 10de:1c81 address=", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 address=01:00.0", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 address=0000:01:00", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 address=0000:01:00.8", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 address=*", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 address= 0000:01:00.0", "1:17: " ADDRESS " (1)"},
	{"claim 10de:1c81 class=", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=3", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=030", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=03000", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=0300000", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=0x03", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=03*", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 class=-1", "1:17: " CLASS " (1)"},
	{"claim 10de:1c81 subsystem=", "1:17: " SUBSYSTEM " (1)"},
	{"claim 10de:1c81 subsystem=10de:*", "1:17: " SUBSYSTEM " (1)"},
	{"claim 10de:1c81 subsystem=10de", "1:17: " SUBSYSTEM " (1)"},
	{"claim 10de:1c81 class=03 class=03", "1:26: " ONCE " (1)"},
	{"claim 10de:1c81 class=00 class=03", "1:26: " ONCE " (1)"},
	{"claim 10de:1c81 address=0000:01:00.0 address=0000:02:00.0", "1:38: " ONCE " (1)"},
	{"claim 10de:1c81 subsystem=10de:0001 subsystem=10de:0002", "1:37: " ONCE " (1)"},
	{"claim 10de:1c81 class=03 address=0000:01:00.0 garbage", "1:47: " SELECTOR " (1)"},
	{"skip", "1:5: " SKIP " (1)"},
	{"skip # all", "1:6: " SKIP " (1)"},
	{"skip *", "1:6: " SKIP " (1)"},
	{"skip 0000:01:00.0", "1:6: " SKIP " (1)"},
	{"skip addr=0000:01:00.0", "1:6: " NO_LIST " (1)"},
	{"skip address=0000:01:00.0 10de:1c81", "1:27: " NO_LIST " (1)"},
	{"skip 10de:1c81 functions=0-1", "1:16: " NO_LIST " (1)"},
	{"claim 10de:1c81 functions=", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=8", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=0-8", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=3-1", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=0,", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=,1", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=0-1-2", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=0--1", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=01", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=all", "1:17: " FUNCTIONS " (1)"},
	{"claim 10de:1c81 functions=0 functions=0", "1:29: " ONCE " (1)"},
	{"claim 10de:1c81 address=0000:01:00.2 functions=0-1", "1:38: " ITSELF " (1)"},
	{"claim 10de:1c81 functions=0-1 address=0000:01:00.2", "1:31: " ITSELF " (1)"},
	{"claim 10de:1c81 functions=1 path=0000:00/01.0/00.0", "1:29: " ITSELF " (1)"},
	{"skip address=0000:01:00.0 address=0000:01:00.0", "1:27: " ONCE " (1)"},
	{"skip address=1:0.0", "1:6: " ADDRESS " (1)"},
	{"skip 10de:1c81 class=0", "1:16: " CLASS " (1)"},
	{"Claim 10de:1c81", "1:1: " STATEMENT " (1)"},
	{"claims 10de:1c81", "1:1: " STATEMENT " (1)"},
	{"claim=10de:1c81", "1:1: " STATEMENT " (1)"},
	{"  10de:1c81", "1:3: " STATEMENT " (1)"},
	{"\tboot-vga=allow", "1:2: " STATEMENT " (1)"},
	{"[gpu]", "1:1: " STATEMENT " (1)"},
	{"; comment", "1:1: " STATEMENT " (1)"},
	{"claim\v10de:1c81", "1:1: " STATEMENT " (1)"},
	{"claim\xc2\xa0"
	 "10de:1c81",
	 "1:1: " STATEMENT " (1)"},
	{"claim 10de:1c81\\", "1:7: " ID " (1)"},
	{"claim 10de:1c81\r\r", "1:7: " ID " (1)"},
	{"claim\r10de:1c81", "1:1: " STATEMENT " (1)"},
	{"\xef\xbb\xbf claims", "1:2: " STATEMENT " (1)"},
	{"\n\xef\xbb\xbf"
	 "claim 10de:1c81",
	 "2:1: " STATEMENT " (1)"},
	{"x\nclaim 10de:1c81\ny\n z\n", "2:claim 10de:1c81; 1:1: " STATEMENT " (3)"},
};

static void test_bad(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad_rows); i++) {
		char name[80];

		(void)snprintf(name, sizeof(name), "bad line %zu", i + 1);
		check(name, bad_rows[i].line, strlen(bad_rows[i].line), bad_rows[i].expected);
	}
}

static void test_bytes(void)
{
	static const char nul[] = "claim 10de:1c81\nclaim 10de:1c82 #\0\nskip 10de:*\n";
	static const char last[] = "claim 10de:1c81\0";
	char line[CONFIG_LINE_MAX + 64], buf[256];

	check("a NUL byte in a comment", nul, sizeof(nul) - 1,
	      "1:claim 10de:1c81; 3:skip 10de:*; 2:18: expected text, not a NUL byte (1)");
	check("a NUL byte at the end", last, sizeof(last) - 1,
	      "1:16: expected text, not a NUL byte (1)");

	for (int over = 0; over <= 1; over++) {
		int length = snprintf(line, sizeof(line), "claim 10de:1c81%*s\r\nskip 10de:*",
				      CONFIG_LINE_MAX - 15 + over, "#");

		(void)snprintf(buf, sizeof(buf), "%s2:skip 10de:*; %s",
			       over ? "" : "1:claim 10de:1c81; ",
			       over ? "1:1025: expected a line of at most 1024 bytes (1)" : "");
		check(over ? "a line too long" : "the longest line", line, (size_t)length, buf);
	}
}

static const struct function_id gpu = {
	.address = {0, 0x3b, 0, 0},
	.id = {0x10de, 0x2330},
	.subsystem = {0x10de, 0x16c1},
	.class_code = 0x030200,
};

static void test_matches(void)
{
	static const struct {
		const char *line;
		bool id, all;
	} rows[] = {
		{"claim 10de:2330", true, true},
		{"claim 10de:*", true, true},
		{"claim 10de:2331", false, false},
		{"claim 1002:2330", false, false},
		{"claim 1002:*", false, false},
		{"claim 10de:0000", false, false},
		{"claim 10de:2330 class=03", true, true},
		{"claim 10de:2330 class=0302", true, true},
		{"claim 10de:2330 class=030200", true, true},
		{"claim 10de:2330 class=02", false, false},
		{"claim 10de:2330 class=0300", false, false},
		{"claim 10de:2330 class=030201", false, false},
		{"claim 10de:2330 class=00", false, false},
		{"claim 10de:* subsystem=10de:16c1", true, true},
		{"claim 10de:* subsystem=10de:16c2", false, false},
		{"claim 10de:* subsystem=1462:16c1", false, false},
		{"claim 10de:2330 address=0000:3b:00.0", true, true},
		{"claim 10de:2330 address=0000:3b:00.1", true, false},
		{"claim 10de:2331 address=0000:3b:00.0", false, false},
		{"skip address=0000:3b:00.0", true, true},
		{"skip address=0001:3b:00.0", true, false},
		{"skip class=03", true, true},
		{"skip class=12", false, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config config;

		if (config_parse(rows[i].line, strlen(rows[i].line), "", &config) != 0)
			abort();
		if (test_int(rows[i].line, (long)config.n_rules, 1)) {
			test_int(rows[i].line, rule_matches_id(&config.rules[0], &gpu), rows[i].id);
			test_int(rows[i].line, rule_matches(&config.rules[0], &gpu), rows[i].all);
		}
		config_free(&config);
	}
}

static void test_rest(void)
{
	struct settings settings = settings_default(), before = settings;
	struct rule rule = {.any_device = true}, same = rule;
	enum setting which = SETTING_ARM;
	struct config config;

	test_int("-ENOENT", setting_parse("nothing", "allow", &settings, &which), -ENOENT);
	test_int("-ENOENT leaves the setting's name", which, SETTING_ARM);
	test_int("-EINVAL", setting_parse("rebind", "allow", &settings, &which), -EINVAL);
	test_int("-EINVAL names the setting", which, SETTING_REBIND);
	test_int("-EINVAL", setting_parse("driver", "a b", &settings, NULL), -EINVAL);
	test_int("a failure leaves the settings", memcmp(&settings, &before, sizeof(before)), 0);
	test_int("no place for the name", setting_parse("expect", "3", &settings, NULL), 0);
	test_int("no place for the name", settings.expect, 3);
	test_int("a word", setting_parse("rebind", "yes", &settings, NULL), 0);
	test_int("a name", setting_parse("driver", "auto", &settings, NULL), 0);
	test_int("no number", setting_parse("expect", "any", &settings, NULL), 0);
	test_text("for messages", setting_expected(SETTING_BOOT_VGA), "refuse or allow");

	test_int("a bad ID", rule_parse_id("10de:", &rule), -EINVAL);
	test_int("a bad ID leaves the rule", memcmp(&rule, &same, sizeof(same)), 0);
	test_int("an ID", rule_parse_id("10de:0001", &rule), 0);
	test_int("an ID is no wildcard", rule.any_device, false);

	if (config_parse("claim 10de:*", 12, "its source", &config) != 0)
		abort();
	test_text("source", config.rules[0].source, "its source");
	config_free(&config);
	test_int("freed", config.rules == NULL && config.n_rules == 0, true);
}

TESTS(config)
{
	test_good();
	test_settings();
	test_bad();
	test_bytes();
	test_matches();
	test_rest();
	return test_done();
}
