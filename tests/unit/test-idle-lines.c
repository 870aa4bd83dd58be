/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/idle_lines.h"

#include "tests/unit/bench.h"

#define GPU   "01:00.0 10de:1c81 030000;01:00.1 10de:0fb9 040300;"
#define OTHER "00:1f.6 8086:15f3 020000;"

static const struct {
	const char *name, *conf, *machine, *told;
} rows[] = {
	{"a line that selects", "claim 10de:1c81\n", GPU, ""},
	{"a wildcard that selects", "claim 10de:*\n", GPU, ""},
	{"no line", "skip 10de:*\n", GPU, ""},
	{"a typo", "claim 10de:1c18\n", GPU, "/conf:1: claim 10de:1c18: no GPU here matches it"},
	{"swapped", "claim 1c81:10de\n", GPU,
	 "/conf:1: claim 1c81:10de: vendor and device are swapped: 0000:01:00.0 is 10de:1c81 "
	 "(class 030000, subsystem 0000:0000)"},
	{"decimal", "claim 4318:7297\n", GPU,
	 "/conf:1: claim 4318:7297: these are decimal numbers: 0000:01:00.0 is 10de:1c81 "
	 "(class 030000, subsystem 0000:0000)"},
	{"another class", "claim 10de:1c81 class=0302\n", GPU,
	 "/conf:1: claim 10de:1c81 class=0302: its class= or subsystem= differs: 0000:01:00.0 is "
	 "10de:1c81 (class 030000, subsystem 0000:0000)"},
	{"a companion's ID", "claim 10de:0fb9\n", GPU,
	 "/conf:1: claim 10de:0fb9: 0000:01:00.1 is a companion of 0000:01:00.0: name the GPU, "
	 "10de:1c81"},
	{"a companion's address", "claim 10de:0fb9 address=0000:01:00.1\n", GPU,
	 "/conf:1: claim 10de:0fb9 address=0000:01:00.1: 0000:01:00.1 is a companion of "
	 "0000:01:00.0: name the GPU, 10de:1c81"},
	{"a network function", "claim 8086:15f3\n", OTHER,
	 "/conf:1: claim 8086:15f3: 0000:00:1f.6 is no GPU that can be claimed (network "
	 "controller)"},
	{"a wildcard that matches others", "claim 8086:*\n", GPU OTHER,
	 "/conf:1: claim 8086:*: no GPU here matches it"},
	{"no machine", "claim 8086:*\n", "", "/conf:1: claim 8086:*: no GPU here matches it"},
	{"spared", "claim 10de:1c81\nskip 10de:0fb9\n", GPU,
	 "/conf:1: claim 10de:1c81: 0000:01:00.0 is spared by /conf:2"},
	{"spared, and another one", "claim 10de:1c81\nskip address=0000:01:00.0\n",
	 GPU "02:00.0 10de:1c81 030000;", ""},
	{"virtual functions only", "claim 10de:*\n", "01:00.4 10de:2230 030200 vf;",
	 "/conf:1: claim 10de:*: 0000:01:00.4 is no GPU that can be claimed (a virtual function, "
	 "or a bridge)"},
	{"not armed", "not-armed\nclaim 10de:1c81\nclaim 10de:1c18\n", GPU,
	 "/conf:2: claim 10de:1c18: no GPU here matches it"},
	{"switched off", "off\nclaim 10de:1c81\nclaim 10de:1c18\n", GPU,
	 "/conf:2: claim 10de:1c18: no GPU here matches it"},
	{"an address without a device is told elsewhere", "claim 10de:1c81 address=0000:05:00.0\n",
	 GPU, ""},
	{"an address with another device is told elsewhere",
	 "claim 10de:1c18 address=0000:01:00.0\n", GPU, ""},
	{"an address that does not count yet", "not-armed\nclaim 10de:1c81 address=0000:05:00.0\n",
	 GPU,
	 "/conf:1: claim 10de:1c81 address=0000:05:00.0: no device is there; a GPU with "
	 "these IDs is at 0000:01:00.0"},
	{"some", "claim 0001:0001\nclaim 0002:0001\nclaim 0003:0001\nclaim 0004:0001\n", GPU,
	 "/conf:1: claim 0001:0001: no GPU here matches it; /conf:2: claim 0002:0001: no GPU "
	 "here matches it; /conf:3: claim 0003:0001: no GPU here matches it; /conf:4: claim "
	 "0004:0001: no GPU here matches it"},
};

static size_t format_found(int (*find)(const struct assessment *, struct idle_line **, size_t *),
			   const char *conf, const char *machine, enum idle_kind which, char *buf,
			   size_t size)
{
	struct idle_line *lines = NULL;
	struct assessment a;
	struct bench b;
	size_t n = 0;

	bench_decide(&b, conf, machine, CLAIM_BOOT);
	a = (struct assessment){b.policy, b.machine, b.units, b.decision};
	bench_require(find(&a, &lines, &n) == 0, "memory");
	n = idle_lines_format(lines, n, which, buf, size);
	free(lines);
	bench_tear_down(&b);
	return n;
}

static size_t format(const char *conf, const char *machine, enum idle_kind which, char *buf,
		     size_t size)
{
	return format_found(idle_lines_find, conf, machine, which, buf, size);
}

static void test_lines(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[BENCH_TEXT_MAX];

		(void)format(rows[i].conf, rows[i].machine, IDLE_OTHERS, text, sizeof(text));
		test_text(rows[i].name, text, rows[i].told);
	}
}

static void test_all(void)
{
	char text[BENCH_TEXT_MAX];

	test_int("one misses",
		 (long)format("claim 10de:1c81 address=0000:05:00.0\n", GPU, IDLE_ALL, text,
			      sizeof(text)),
		 1);
	test_text("one misses", text,
		  "/conf:1: claim 10de:1c81 address=0000:05:00.0: no device is there; a GPU with "
		  "these IDs is at 0000:01:00.0");
	(void)format("claim 10de:1c18 address=0000:01:00.0\n", GPU, IDLE_ALL, text, sizeof(text));
	test_text("another device", text,
		  "/conf:1: claim 10de:1c18 address=0000:01:00.0: another device is there, "
		  "10de:1c81");
}

static const struct {
	const char *name, *conf, *machine, *told;
} stray[] = {
	{"it spares one", "claim 10de:*\nskip address=0000:01:00.0\n", GPU, ""},
	{"by its companion's place", "claim 10de:*\nskip address=0000:01:00.1\n", GPU, ""},
	{"by a function that stays with the host",
	 "claim 10de:1c81 functions=0\nskip address=0000:01:00.1\n", GPU, ""},
	{"by one that nothing comes along with",
	 "set companions=none\nclaim 10de:*\nskip 10de:0fb9 address=0000:01:00.1\n", GPU, ""},
	{"a network function in its slot spares nothing",
	 "claim 10de:*\nskip address=0000:01:00.2\n", GPU "01:00.2 15b3:1021 020000;",
	 "/conf:2: skip address=0000:01:00.2: what is there is no GPU (network controller)"},
	{"IDs may be of another node", "claim 10de:*\nskip 10de:1c18\n", GPU, ""},
	{"a claim line is another matter", "claim 10de:1c81 address=0000:05:00.0\n", GPU, ""},
	{"nothing is there", "claim 10de:*\nskip address=0000:05:00.0\n", GPU,
	 "/conf:2: skip address=0000:05:00.0: no device is there"},
	{"what is there is no GPU", "claim 10de:*\nskip address=0000:00:1f.6\n", GPU OTHER,
	 "/conf:2: skip address=0000:00:1f.6: what is there is no GPU (network controller)"},
	{"and its IDs are named", "claim 10de:*\nskip 8086:15f3 address=0000:00:1f.6\n", GPU OTHER,
	 "/conf:2: skip 8086:15f3 address=0000:00:1f.6: what is there is no GPU (network "
	 "controller)"},
	{"other IDs are named", "claim 10de:*\nskip 10de:1c81 address=0000:00:1f.6\n", GPU OTHER,
	 "/conf:2: skip 10de:1c81 address=0000:00:1f.6: another device is there, 8086:15f3; a GPU "
	 "with these IDs is at 0000:01:00.0"},
	{"an NVSwitch that no line claims", "claim 10de:*\nskip 10de:22a3 address=0000:07:00.0\n",
	 GPU "07:00.0 10de:22a3 068000;",
	 "/conf:2: skip 10de:22a3 address=0000:07:00.0: what is there is no GPU (bridge)"},
	{"a GPU of another class is there", "claim 10de:*\nskip address=0000:01:00.0 class=0302\n",
	 GPU, "/conf:2: skip address=0000:01:00.0 class=0302: another device is there, 10de:1c81"},
	{"another GPU is there", "claim 10de:*\nskip 10de:2204 address=0000:01:00.0\n",
	 GPU "05:00.0 10de:2204 030000;",
	 "/conf:2: skip 10de:2204 address=0000:01:00.0: another device is there, 10de:1c81; a GPU "
	 "with these IDs is at 0000:05:00.0"},
};

static void test_stray(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(stray); i++) {
		char text[BENCH_TEXT_MAX];

		(void)format_found(stray_skips_find, stray[i].conf, stray[i].machine, IDLE_ALL,
				   text, sizeof(text));
		test_text(stray[i].name, text, stray[i].told);
	}
}

/* Each place as long as there is room, and then how many more. */
static void test_many(void)
{
	char conf[BENCH_TEXT_MAX] = "", text[64];
	size_t n = 0;

	for (unsigned i = 0; i < 20; i++)
		n += (size_t)snprintf(conf + n, sizeof(conf) - n, "claim 0001:%04x\n", i);
	test_int("many", (long)format(conf, GPU, IDLE_ALL, text, sizeof(text)), 20);
	test_text("many", text, "/conf:1; /conf:2; /conf:3; /conf:4; and 16 more");
}

TESTS(idle_lines)
{
	test_lines();
	test_all();
	test_stray();
	test_many();
	return test_done();
}
