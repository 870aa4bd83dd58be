/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/base/text.h"
#include "helper/policy/cmdline.h"

#include "tests/unit/test.h"

#define ID	   "expected VENDOR:DEVICE, as in 10de:1c81, or VENDOR:*"
#define ADDRESS	   "expected a full PCI address, as in 0000:3b:00.0"
#define ADDRESS_ID "expected ADDRESS=VENDOR:DEVICE, as in 0000:3b:00.0=10de:2330"
#define SWITCH	   "expected 0, no, off, false, 1, yes, on or true"
#define PARAMETER \
	"expected gpuclaim.ids=, .addresses=, .skip= or a setting, as in gpuclaim.boot-vga="

/* "name" or "name=value", each in brackets. */
static void render_words(const char *text, char *out, size_t room)
{
	_cleanup_free_ char *buf = malloc(strlen(text) + 1);
	const char *name, *value;
	size_t used = 0;

	if (!buf)
		abort();
	out[0] = '\0';
	while (cmdline_next(&text, buf, &name, &value) && used < room)
		used += (size_t)snprintf(out + used, room - used, "[%s%s%s]", name,
					 value ? "=" : "", value ? value : "");
	test_int("nothing comes after the end", cmdline_next(&text, buf, &name, &value), false);
}

/* Each row is what next_arg() of Linux 6.12 makes of the text. */
static void test_next(void)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{"", ""},
		{"  ", ""},
		{"quiet", "[quiet]"},
		{"root=/dev/sda1 ro quiet", "[root=/dev/sda1][ro][quiet]"},
		{"  a   b  ", "[a][b]"},
		{"a\tb\nc\vd\fe\rf\n", "[a][b][c][d][e][f]"},
		{"a\xa0"
		 "b",
		 "[a][b]"},
		{"a=", "[a=]"},
		{"a==b=c", "[a==b=c]"},
		{"=a", "[=a]"},
		{"=a=b", "[=a=b]"},
		{"a=\"b c\" d", "[a=b c][d]"},
		{"\"a=b c\" d", "[a=b c][d]"},
		{"\"a b\" c", "[a b][c]"},
		{"a=\"b=c d\"", "[a=b=c d]"},
		{"a=b\"c d\"e", "[a=b\"c d\"e]"},
		{"a=b\"c d\"", "[a=b\"c d\"]"},
		{"a\"b c\"d", "[a\"b c\"d]"},
		{"a=\"\"", "[a=]"},
		{"a=\"", "[a=]"},
		{"\"\" b", "[][b]"},
		{"\"", "[]"},
		{"a=\"b c", "[a=b c]"},
		{"\"a=b c", "[a=b c]"},
		{"\"a=\"b c\" d\"", "[a=b][c\" d\"]"},
		{"a=\"b\"c d", "[a=b\"c][d]"},
		{"a=\\\"b c\\\"", "[a=\\\"b c\\\"]"},
		{"a 'b c'", "[a]['b][c']"},
		{"a -- b", "[a]"},
		{"-- b", ""},
		{"a \"--\" b", "[a]"},
		{"a --=1 b", "[a][--=1][b]"},
		{"a -- ", "[a]"},
		{"a --- b", "[a][---][b]"},
		{"a=-- b", "[a=--][b]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char name[32], out[256];

		(void)snprintf(name, sizeof(name), "words %zu", i + 1);
		render_words(rows[i].text, out, sizeof(out));
		test_text(name, out, rows[i].expected);
	}
}

static void test_names(void)
{
	test_int("dash is underscore", parameter_name_equal("a-b_c", "a_b-c"), true);
	test_int("a longer name", parameter_name_equal("a-b", "a-bc"), false);
	test_int("a shorter name", parameter_name_equal("a-b", "a-"), false);
	test_int("another name", parameter_name_equal("a.b", "a-b"), false);
	test_int("case", parameter_name_equal("a", "A"), false);
}

/* All that is understood, as one line. */
static void render(const char *text, char *out, size_t room)
{
	char word[DRIVER_NAME_MAX], rule[RULE_TEXT_MAX];
	struct cmdline c;
	size_t used;

	if (cmdline_parse(text, &c) != 0)
		abort();

	used = (size_t)snprintf(out, room, "%s%s%s%s%s%s", c.off ? "off; " : "",
				c.off_initramfs ? "off in the initramfs; " : "",
				c.rescue ? "rescue; " : "", c.armed ? "armed; " : "",
				c.trial ? "trial; " : "", c.claims_void ? "void; " : "");
	for (size_t i = 0; i < c.n_rules && used < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s; ",
					 rule_format(&c.rules[i], rule));
	for (unsigned i = 0; i < _SETTING_COUNT && used < room; i++)
		if (c.has & 1u << i)
			used += (size_t)snprintf(
				out + used, room - used, "%s=%s; ", setting_name((enum setting)i),
				setting_format(&c.settings, (enum setting)i, word));
	for (size_t i = 0; i < c.n_errors && used < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s=%s %s: %s; ",
					 c.errors[i].parameter, c.errors[i].element,
					 c.errors[i].what, c.errors[i].until);
	cmdline_free(&c);
}

struct row {
	const char *text, *expected;
};

static void check_rows(const char *what, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[64], out[1024];

		(void)snprintf(name, sizeof(name), "%s %zu", what, i + 1);
		render(rows[i].text, out, sizeof(out));
		test_text(name, out, rows[i].expected);
	}
}

static void test_switches(void)
{
	static const struct row rows[] = {
		{"", ""},
		{"root=/dev/sda1 quiet", ""},
		{"gpuclaim=0", "off; "},
		{"gpuclaim=no", "off; "},
		{"gpuclaim=off", "off; "},
		{"gpuclaim=false", "off; "},
		{"gpuclaim=1", "armed; "},
		{"gpuclaim=yes", "armed; "},
		{"gpuclaim=on", "armed; "},
		{"gpuclaim=true", "armed; "},
		{"gpuclaim", "armed; "},
		{"\"gpuclaim=0\"", "off; "},
		{"gpuclaim=\"0\"", "off; "},
		{"gpuclaim=1 gpuclaim=0", "off; armed; "},
		{"gpuclaim=0 gpuclaim=1", "off; armed; "},
		{"quiet gpuclaim=0\n", "off; "},
		{"gpuclaim=maybe", "off; gpuclaim=maybe " SWITCH ": gpuclaim is switched off; "},
		{"gpuclaim=", "off; gpuclaim= " SWITCH ": gpuclaim is switched off; "},
		{"gpuclaim=00", "off; gpuclaim=00 " SWITCH ": gpuclaim is switched off; "},
		{"gpuclaim=On", "off; gpuclaim=On " SWITCH ": gpuclaim is switched off; "},
		{"rd.gpuclaim=0", "off in the initramfs; "},
		{"rd.gpuclaim=no", "off in the initramfs; "},
		{"rd.gpuclaim=1", ""},
		{"rd.gpuclaim", ""},
		{"rd.gpuclaim=1 rd.gpuclaim=off", "off in the initramfs; "},
		{"rd.gpuclaim=x", "off in the initramfs; rd.gpuclaim=x " SWITCH
				  ": nothing is claimed in the initramfs; "},
		{"-- gpuclaim=0 gpuclaim=1 gpuclaim.ids=10de:1c81 gpuclaim.x", ""},
		{"gpuclaim=1 -- gpuclaim=0", "armed; "},
		{"BOOT_IMAGE=(hd0,gpt2)/vmlinuz-0-rescue-ab12 gpuclaim=1", "rescue; armed; "},
		{"BOOT_IMAGE=/ab12/0-rescue/linux gpuclaim=1", "rescue; armed; "},
		{"BOOT_IMAGE=/vmlinuz-0-rescue", "rescue; "},
		{"BOOT_IMAGE=/vmlinuz-6.10-rescue1 gpuclaim=1", "armed; "},
		{"BOOT_IMAGE=/vmlinuz-5.0-0-rescued", ""},
		{"BOOT_IMAGE root=/vmlinuz-0-rescue-ab12", ""},
		{"-- BOOT_IMAGE=/vmlinuz-0-rescue", ""},
		{"gpuclaim=1 gpuclaim.trial=1", "armed; trial; "},
		{"gpuclaim.trial", "trial; "},
		{"gpuclaim.trial=0", ""},
		{"gpuclaim.trial=x gpuclaim.ids=10de:1c81", "claim 10de:1c81; "},
		{"gpuclaim.trials=1",
		 "void; gpuclaim.trials=1 " PARAMETER ": nothing is claimed; "},
		{"a=\"b gpuclaim=0\"", ""},
		{"xgpuclaim=0 gpu-claim=0 GPUCLAIM=0 rd.rd.gpuclaim=0 module.gpuclaim=0", ""},
	};

	check_rows("switch", rows, ARRAY_SIZE(rows));
}

static const struct row list_rows[] = {
	{"gpuclaim.ids=10de:1c81", "claim 10de:1c81; "},
	{"gpuclaim.ids=10DE:1C81,10de:*", "claim 10de:1c81; claim 10de:*; "},
	{"gpuclaim.ids=10de:0001 gpuclaim.ids=10de:0002", "claim 10de:0001; claim 10de:0002; "},
	{"gpuclaim.ids=\"10de:1c81\"", "claim 10de:1c81; "},
	{"gpuclaim.addresses=0000:3b:00.0", "claim address=0000:3b:00.0; "},
	{"gpuclaim.addresses=0000:3B:00.0=10DE:2330", "claim 10de:2330 address=0000:3b:00.0; "},
	{"gpuclaim.addresses=0000:3b:00.0=10de:2330,10000:01:00.0",
	 "claim 10de:2330 address=0000:3b:00.0; claim address=10000:01:00.0; "},
	{"gpuclaim.skip=0000:01:00.0,0000:02:00.0",
	 "skip address=0000:01:00.0; skip address=0000:02:00.0; "},
	{"gpuclaim.ids", "gpuclaim.ids= " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=", "gpuclaim.ids= " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=10de:1c81,", "gpuclaim.ids= " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=,10de:1c81", "gpuclaim.ids= " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=10de:1c81,10de:1c8x,10de:1c83",
	 "gpuclaim.ids=10de:1c8x " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=10de:1c81;10de:1c82",
	 "gpuclaim.ids=10de:1c81;10de:1c82 " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=*:*", "gpuclaim.ids=*:* " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=0000:3b:00.0",
	 "gpuclaim.ids=0000:3b:00.0 " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=10de:0001 gpuclaim.ids=x gpuclaim.ids=10de:0002",
	 "claim 10de:0001; claim 10de:0002; gpuclaim.ids=x " ID
	 ": nothing in this argument counts; "},
	{"gpuclaim.ids=10de:\"1c81\"",
	 "gpuclaim.ids=10de:\"1c81\" " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=\"10de:1c81 gpuclaim=0",
	 "gpuclaim.ids=10de:1c81 gpuclaim=0 " ID ": nothing in this argument counts; "},
	{"gpuclaim.addresses=0000:3b:00.0=10de:*",
	 "gpuclaim.addresses=0000:3b:00.0=10de:* " ADDRESS_ID
	 ": nothing in this argument counts; "},
	{"gpuclaim.addresses=0000:3b:00.0=",
	 "gpuclaim.addresses=0000:3b:00.0= " ADDRESS_ID ": nothing in this argument counts; "},
	{"gpuclaim.addresses=0000:3b:00.0=10de:2330=",
	 "gpuclaim.addresses=0000:3b:00.0=10de:2330= " ADDRESS_ID
	 ": nothing in this argument counts; "},
	{"gpuclaim.addresses=10de:2330=0000:3b:00.0",
	 "gpuclaim.addresses=10de:2330=0000:3b:00.0 " ADDRESS_ID
	 ": nothing in this argument counts; "},
	{"gpuclaim.addresses=3b:00.0",
	 "gpuclaim.addresses=3b:00.0 " ADDRESS_ID ": nothing in this argument counts; "},
	{"gpuclaim.addresses=",
	 "gpuclaim.addresses= " ADDRESS_ID ": nothing in this argument counts; "},
	{"gpuclaim.skip=0000:01:00.0,x gpuclaim.ids=10de:1c81",
	 "void; claim 10de:1c81; gpuclaim.skip=x " ADDRESS ": nothing is claimed; "},
	{"gpuclaim.skip", "void; gpuclaim.skip= " ADDRESS ": nothing is claimed; "},
	{"gpuclaim.skip=0000:01:00.0=10de:1c81",
	 "void; gpuclaim.skip=0000:01:00.0=10de:1c81 " ADDRESS ": nothing is claimed; "},
	{"gpuclaim.skip=10de:1c81",
	 "void; gpuclaim.skip=10de:1c81 " ADDRESS ": nothing is claimed; "},
	{"gpuclaim.ids=\x01\xff\x7f", "gpuclaim.ids=??? " ID ": nothing in this argument counts; "},
	{"gpuclaim.ids=123456789012345678901234567890123456789012345678901234567890",
	 "gpuclaim.ids=12345678901234567890123456789012345678901234567 " ID
	 ": nothing in this argument counts; "},
};

static void test_lists(void)
{
	check_rows("list", list_rows, ARRAY_SIZE(list_rows));
}

static void test_settings(void)
{
	static const struct row rows[] = {
		{"gpuclaim.boot-vga=allow", "boot-vga=allow; "},
		{"gpuclaim.boot_vga=allow", "boot-vga=allow; "},
		{"gpuclaim.companions=group", "companions=group; "},
		{"gpuclaim.rebind=yes", "rebind=yes; "},
		{"gpuclaim.driver=auto", "driver=auto; "},
		{"gpuclaim.arm=karg", "arm=karg; "},
		{"gpuclaim.expect=8", "expect=8; "},
		{"gpuclaim.isolation=require", "isolation=require; "},
		{"gpuclaim.return-to-service=auto", "return-to-service=auto; "},
		{"gpuclaim.run-before-return=/bin/true",
		 "void; gpuclaim.run-before-return=/bin/true " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.isolation=no",
		 "isolation=require; gpuclaim.isolation=no expected accept or "
		 "require: the most careful value holds; "},
		{"gpuclaim.rebind=yes gpuclaim.rebind=no", "rebind=no; "},
		{"gpuclaim.boot-vga=allow gpuclaim.boot_vga=refuse", "boot-vga=refuse; "},
		{"gpuclaim.boot-vga=allow gpuclaim.boot-vga=yes",
		 "boot-vga=refuse; gpuclaim.boot-vga=yes expected refuse or allow: the most "
		 "careful "
		 "value holds; "},
		{"gpuclaim.boot-vga",
		 "boot-vga=refuse; gpuclaim.boot-vga= expected refuse or allow: the most careful "
		 "value holds; "},
		{"gpuclaim.rebind=x",
		 "rebind=no; gpuclaim.rebind=x expected companions, no or yes: the most careful "
		 "value holds; "},
		{"gpuclaim.arm=x", "arm=karg; gpuclaim.arm=x expected always or karg: the most "
				   "careful value holds; "},
		{"gpuclaim.companions=group gpuclaim.companions=x",
		 "companions=slot; gpuclaim.companions=x expected slot, group or none: the most "
		 "careful value holds; "},
		{"gpuclaim.driver=auto gpuclaim.driver=a/b",
		 "driver=vfio-pci; gpuclaim.driver=a/b expected vfio-pci, auto or a driver's "
		 "name: the most careful value holds; "},
		{"gpuclaim.expect=5 gpuclaim.expect=-5",
		 "expect=any; gpuclaim.expect=-5 expected any or a number up to 4096: the most "
		 "careful value holds; "},
		{"gpuclaim.skips=0000:01:00.0",
		 "void; gpuclaim.skips=0000:01:00.0 " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.debug", "void; gpuclaim.debug= " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.", "void; gpuclaim.= " PARAMETER ": nothing is claimed; "},
		{"gpuclaim_skip=1", "void; gpuclaim_skip=1 " PARAMETER ": nothing is claimed; "},
		{"gpuclaims", "void; gpuclaims= " PARAMETER ": nothing is claimed; "},
		{"rd.gpuclaim_skip=1",
		 "void; rd.gpuclaim_skip=1 " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.ids.=1", "void; gpuclaim.ids.=1 " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.Ids=10de:1c81",
		 "void; gpuclaim.Ids=10de:1c81 " PARAMETER ": nothing is claimed; "},
		{"rd.gpuclaim.skip=0000:01:00.0",
		 "void; rd.gpuclaim.skip=0000:01:00.0 " PARAMETER ": nothing is claimed; "},
		{"gpuclaim.a-name-that-is-longer-than-its-place=1",
		 "void; gpuclaim.a-name-that-is-longer-=1 " PARAMETER ": nothing is claimed; "},
		{"vfio-pci.ids=10de:1c81 gpu-claim.x=1 xgpuclaim.skip=1", ""},
	};

	check_rows("setting", rows, ARRAY_SIZE(rows));
}

static void test_freed(void)
{
	struct cmdline c;

	if (cmdline_parse("gpuclaim.ids=10de:1c81 gpuclaim.skip=x", &c) != 0)
		abort();
	test_text("source", c.rules[0].source, "kernel command line");
	test_int("line", c.rules[0].line, 0);
	cmdline_free(&c);
	test_int("freed", !c.rules && !c.errors && c.n_rules + c.n_errors == 0, true);
}

TESTS(cmdline)
{
	test_next();
	test_names();
	test_switches();
	test_lists();
	test_settings();
	test_freed();
	return test_done();
}
