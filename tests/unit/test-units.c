/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/claim/units.h"
#include "tests/unit/bench.h"

static size_t append_rule(char *buf, size_t size, const char *name, const struct rule *rule)
{
	return rule ? (size_t)snprintf(buf, size, " %s:%u", name, rule->line) : 0;
}

/* "[01:00.0 01:00.1 claim:1 wanted]": the rules by their line numbers. */
static void render(const struct bench *b, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t u = 0; u < b->units.n_units; u++) {
		const struct unit *unit = &b->units.unit[u];
		char a[PCI_ADDRESS_MAX];

		bench_require(unit->function[0] == unit->gpu, "the GPU comes first");
		n += (size_t)snprintf(buf + n, size - n, "[");
		for (size_t k = 0; k < unit->n_functions; k++)
			n += (size_t)snprintf(
				buf + n, size - n, "%s%s", k ? " " : "",
				bench_short(&b->machine.function[unit->function[k]].id.address, a));
		n += append_rule(buf + n, size - n, "claim", unit->claim);
		n += append_rule(buf + n, size - n, "skip", unit->skip);
		n += append_rule(buf + n, size - n, "mismatch", unit->mismatch);
		n += append_rule(buf + n, size - n, "disarmed", unit->disarmed);
		n += (size_t)snprintf(buf + n, size - n, "%s]",
				      unit_is_wanted(unit) ? " wanted" : "");
	}
}

#define SLOT                                                                          \
	"01:00.0 10de:1e87 030000;01:00.1 10de:10f8 040300;01:00.2 10de:1ad8 0c0330;" \
	"01:00.3 10de:1ad9 0c8000;"

/* Behind the GPU's own switch: 01:00.0 is its upstream port. */
#define ARC                                                                           \
	"00:01.0 8086:460d 060400;01:00.0 8086:4fa0 060400;02:01.0 8086:4fa4 060400;" \
	"03:00.0 8086:56a0 030000 upstream=01:00.0;"                                  \
	"04:00.0 8086:4f90 040300 upstream=01:00.0;"

/* A processor with graphics behind its internal port. */
#define SOC                                                                   \
	"00:08.1 1022:14dd 060400;11:00.0 1002:164e 030000 upstream=00:08.1;" \
	"11:00.1 1002:1640 040300 upstream=00:08.1;"                          \
	"11:00.2 1022:1649 108000;11:00.3 1022:15b6 0c0330 upstream=00:08.1;" \
	"11:00.6 1022:15e3 040300 upstream=00:08.1;"

static const struct {
	const char *name, *conf, *machine, *units;
} rows[] = {
	{"no function", "claim 10de:*\n", "", ""},
	{"what can't be read may be meant", "skip 8086:*\nclaim 10de:*\n",
	 "01:00.0 0000:0000 030000 unread;", "[01:00.0 claim:2 wanted]"},
	{"it may be meant by its place", "claim 10de:1e87 address=0000:01:00.0\n",
	 "01:00.0 0000:0000 030000 unread;", "[01:00.0 claim:1 wanted]"},
	{"another place is meant", "claim 10de:1e87 address=0000:02:00.0\n",
	 "01:00.0 0000:0000 030000 unread;", "[01:00.0]"},
	{"another class is meant", "claim 10de:* class=0302\n", "01:00.0 0000:0000 030000 unread;",
	 "[01:00.0]"},
	{"nothing tells that it is a GPU", "claim 10de:1e87 address=0000:01:00.0\n",
	 "01:00.0 0000:0000 000000 unread;", ""},
	{"what comes along can't be read", "claim 10de:1e87\nskip 10de:10f8\n",
	 "01:00.0 10de:1e87 030000;01:00.1 0000:0000 000000 unread;", "[01:00.0 claim:1 wanted]"},
	{"all of a slot, not selected", "", SLOT, "[01:00.0 01:00.1 01:00.2 01:00.3]"},
	{"selected by ID", "claim 8086:*\nclaim 10de:1e87\n", SLOT,
	 "[01:00.0 01:00.1 01:00.2 01:00.3 claim:2 wanted]"},
	{"a companion's ID selects nothing", "claim 10de:10f8\n", SLOT,
	 "[01:00.0 01:00.1 01:00.2 01:00.3]"},
	{"a companion's address selects nothing", "claim 10de:10f8 address=0000:01:00.1\n", SLOT,
	 "[01:00.0 01:00.1 01:00.2 01:00.3]"},
	{"skip of a companion", "claim 10de:1e87\nskip 10de:1ad9\n", SLOT,
	 "[01:00.0 01:00.1 01:00.2 01:00.3 claim:1 skip:2]"},
	{"skip of a companion, companions=none",
	 "claim 10de:1e87\nskip 10de:1ad9\n"
	 "set companions=none\n",
	 SLOT, "[01:00.0 claim:1 skip:2]"},
	{"companions=none", "claim 10de:1e87\nset companions=none\n", SLOT,
	 "[01:00.0 claim:1 wanted]"},
	{"mismatch beside a match", "claim 10de:1e87\nclaim 10de:2204 address=0000:01:00.0\n",
	 "01:00.0 10de:1e87 030000;", "[01:00.0 claim:1 mismatch:2 wanted]"},
	{"mismatch elsewhere", "claim 10de:2204 address=0000:02:00.0\n",
	 "01:00.0 10de:1e87 030000;", "[01:00.0]"},
	{"not armed", "not-armed\nclaim 10de:1e87\n", "01:00.0 10de:1e87 030000;",
	 "[01:00.0 disarmed:1]"},
	{"other audio, other slot", "claim 10de:1e87\n",
	 "01:00.0 10de:1e87 030000;01:01.0 1102:000b 040300;02:00.1 10de:10f8 040300;",
	 "[01:00.0 claim:1 wanted]"},
	{"only audio, USB and serial bus follow", "claim 10de:1e87\n",
	 "01:00.0 10de:1e87 030000;01:00.1 10de:0001 0c0500;01:00.2 10de:0002 040100;"
	 "01:00.3 10de:0003 0c0330;01:00.4 10de:0004 108000;01:00.5 10de:0005 058000;",
	 "[01:00.0 01:00.3 claim:1 wanted]"},
	{"the GPU is not function 0", "claim 1002:164e\n",
	 "01:00.0 1022:145a 130000;01:00.1 1002:164e 038000;01:00.2 1002:1640 040300;",
	 "[01:00.1 01:00.2 claim:1 wanted]"},
	{"an audio function before its GPU", "claim 1002:164e\n",
	 "01:00.0 1002:1640 040300;01:00.1 1002:164e 030000;", "[01:00.1 01:00.0 claim:1 wanted]"},
	{"accelerators", "claim 8086:*\n", "01:00.0 8086:1020 120000;02:00.0 8086:0d5c 120001;",
	 "[01:00.0 claim:1 wanted][02:00.0 claim:1 wanted]"},
	{"class and subsystem", "claim 10de:* class=0302 subsystem=0000:0000\n",
	 "01:00.0 10de:1e87 030000;02:00.0 10de:2330 030200;", "[01:00.0][02:00.0 claim:1 wanted]"},
	{"two displays in a slot: companions go with the first", "claim 1002:0001\n",
	 "01:00.0 1002:0001 030000;01:00.1 1002:0002 038000;01:00.2 1002:0003 040300;",
	 "[01:00.0 01:00.2 claim:1 wanted][01:00.1]"},
	{"a processor's own functions stay", "claim 1002:164e\n", SOC,
	 "[11:00.0 11:00.1 claim:1 wanted]"},
	{"nor do they follow behind the port", "claim 1002:164e\nset companions=group\n", SOC,
	 "[11:00.0 11:00.1 claim:1 wanted]"},
	{"their ID selects nothing", "claim 1022:15b6\n", SOC, "[11:00.0 11:00.1]"},
	{"their skip spares the GPU", "claim 1002:164e\nskip 1022:15b6\n", SOC,
	 "[11:00.0 11:00.1 claim:1 skip:2]"},
	{"another maker's GPU, a processor's audio", "claim 10de:1e87\n",
	 "01:00.0 10de:1e87 030000;01:00.1 1022:15e3 040300;01:00.2 10de:1ad8 0c0330;",
	 "[01:00.0 01:00.2 claim:1 wanted]"},
	{"two makers' displays in a slot: each has its own", "claim 10de:*\nclaim 1002:*\n",
	 "01:00.0 10de:1e87 030000;01:00.1 1002:1640 040300;01:00.2 1002:164e 038000;"
	 "01:00.3 10de:10f8 040300;",
	 "[01:00.0 01:00.3 claim:1 wanted][01:00.2 01:00.1 claim:2 wanted]"},
	{"functions=: one of the processor's, not the audio", "claim 1002:164e functions=0,3\n",
	 SOC, "[11:00.0 11:00.3 claim:1 wanted]"},
	{"functions=: only companion classes count", "claim 1002:164e functions=0-7\n", SOC,
	 "[11:00.0 11:00.1 11:00.3 11:00.6 claim:1 wanted]"},
	{"functions= beats companions=none", "claim 1002:164e functions=0-1\nset companions=none\n",
	 SOC, "[11:00.0 11:00.1 claim:1 wanted]"},
	{"functions=: what is left out does not follow behind the port",
	 "claim 1002:164e functions=0\nset companions=group\n", SOC, "[11:00.0 claim:1 wanted]"},
	{"functions= of another line than the first", "claim 1002:164e\nclaim 1002:* functions=0\n",
	 SOC, "[11:00.0 claim:1 wanted]"},
	{"functions= of a line that waits", "not-armed\nclaim 1002:* functions=0\n", SOC,
	 "[11:00.0 disarmed:1]"},
	{"functions= of another GPU's line", "claim 1002:164e\nclaim 1002:164f functions=0\n", SOC,
	 "[11:00.0 11:00.1 claim:1 wanted]"},
	{"functions=: a skip of what is left out spares the GPU",
	 "claim 1002:164e functions=0-1\nskip 1022:15b6\n", SOC,
	 "[11:00.0 11:00.1 claim:1 skip:2]"},
	{"another domain", "claim 10de:1e87 address=10000:01:00.0\n",
	 "01:00.0 10de:1e87 030000;01:00.1 10de:10f8 040300;"
	 "10000:01:00.0 10de:1e87 030000;10000:01:00.1 10de:10f8 040300;",
	 "[01:00.0 01:00.1][10000:01:00.0 10000:01:00.1 claim:1 wanted]"},

	{"behind a switch: slot", "claim 8086:56a0\n", ARC, "[03:00.0 claim:1 wanted]"},
	{"behind a switch: group", "claim 8086:56a0\nset companions=group\n", ARC,
	 "[03:00.0 04:00.0 claim:1 wanted]"},
	{"behind a switch: group, skip",
	 "claim 8086:56a0\nset companions=group\n"
	 "skip address=0000:04:00.0\n",
	 ARC, "[03:00.0 04:00.0 claim:1 skip:3]"},
	{"group: the slot comes first", "claim 10de:*\nset companions=group\n",
	 "01:00.0 10b5:8747 060400;03:00.0 10de:0001 030000 upstream=01:00.0;"
	 "04:00.0 10de:0001 030000 upstream=01:00.0;04:00.1 10de:0002 040300 upstream=01:00.0;",
	 "[03:00.0 claim:1 wanted][04:00.0 04:00.1 claim:1 wanted]"},
	{"group: another maker's function", "claim 10de:*\nset companions=group\n",
	 "01:00.0 10b5:8747 060400;03:00.0 10de:0001 030000 upstream=01:00.0;"
	 "04:00.0 1912:0014 0c0330 upstream=01:00.0;05:00.0 10de:0002 0c0330 upstream=01:00.0;",
	 "[03:00.0 05:00.0 claim:1 wanted]"},
	{"group: behind a port with two makers' GPUs", "claim 1002:*\nset companions=group\n",
	 "01:00.0 10b5:8747 060400;03:00.0 10de:0001 030000 upstream=01:00.0;"
	 "04:00.0 1002:0001 030000 upstream=01:00.0;05:00.0 1002:0002 040300 upstream=01:00.0;",
	 "[03:00.0][04:00.0 05:00.0 claim:1 wanted]"},
	{"group: no port above", "claim 10de:1e87\nset companions=group\n",
	 "00:02.0 10de:1e87 030000;00:1f.3 8086:7ad0 040300;", "[00:02.0 claim:1 wanted]"},

	{"NVSwitch: not named", "claim 10de:2330\n", "31:00.0 10de:22a3 068000;", ""},
	{"NVSwitch: a wildcard passes over it", "claim 10de:*\n", "31:00.0 10de:22a3 068000;", ""},
	{"NVSwitch: by ID", "claim 10de:22a3\n", "31:00.0 10de:22a3 068000;",
	 "[31:00.0 claim:1 wanted]"},
	{"NVSwitch: by class", "claim 10de:* class=0680\n",
	 "31:00.0 10de:22a3 068000;41:00.0 10de:2330 030200;", "[31:00.0 claim:1 wanted][41:00.0]"},
	{"NVSwitch: a class that sweeps over all bridges", "claim 10de:* class=06\n",
	 "31:00.0 10de:22a3 068000;", ""},
	{"NVSwitch: by address", "claim 10de:* address=0000:31:00.0\n",
	 "31:00.0 10de:22a3 068000;41:00.0 10de:22a3 068000;", "[31:00.0 claim:1 wanted]"},
	{"NVSwitch: not armed", "not-armed\nclaim 10de:22a3\n", "31:00.0 10de:22a3 068000;",
	 "[31:00.0 disarmed:1]"},
	{"NVSwitch: another one than said", "claim 10de:1af1 address=0000:31:00.0\n",
	 "31:00.0 10de:22a3 068000;", "[31:00.0 mismatch:1 wanted]"},
	{"another maker's bridge", "claim 8086:7aa3\n", "00:1f.5 8086:7aa3 068000;", ""},
	{"never: disks, networks", "claim 8086:*\nclaim 144d:a80a\nclaim 8086:1533\n",
	 "02:00.0 8086:1533 020000;03:00.0 144d:a80a 010802;", ""},
};

/* functions= holds the GPU itself, and is the same wherever it is said of one. */
static void test_functions(void)
{
	static const struct {
		const char *name, *conf;
		bool valid;
	} said[] = {
		{"none", "claim 10de:1e87\n", true},
		{"with itself", "claim 10de:1e87 functions=0-1\n", true},
		{"without itself", "claim 10de:1e87 functions=1\n", false},
		{"twice the same", "claim 10de:1e87 functions=0,1\nclaim 10de:* functions=0-1\n",
		 true},
		{"twice, and not the same",
		 "claim 10de:1e87 functions=0-1\nclaim 10de:* functions=0\n", false},
		{"said once of two", "claim 10de:1e87 functions=0-1\nclaim 10de:*\n", true},
		{"of another GPU", "claim 10de:1c81 functions=1\n", true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct bench b;

		bench_set_up(&b, said[i].conf,
			     "01:00.0 10de:1e87 030000; 01:00.1 10de:10f8 040300;");
		b.policy.valid = true;
		test_int(said[i].name, functions_check(&b.policy, &b.machine), 0);
		test_int(said[i].name, b.policy.valid, said[i].valid);
		for (size_t k = 0; k < b.policy.n_errors; k++)
			free(b.policy.errors[k]);
		free(b.policy.errors);
		bench_tear_down(&b);
	}
}

TESTS(units)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char got[BENCH_TEXT_MAX];
		struct bench b;

		bench_set_up(&b, rows[i].conf, rows[i].machine);
		render(&b, got, sizeof(got));
		(void)test_text(rows[i].name, got, rows[i].units);
		bench_tear_down(&b);
	}
	test_functions();
	return test_done();
}
