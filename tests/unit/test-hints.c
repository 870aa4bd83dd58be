/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may make a guest slower: each rule on each side of its limit. */
#include <stdio.h>
#include <string.h>

#include "ctl/hints/cpus.h"
#include "ctl/hints/hints.h"
#include "tests/unit/test.h"

#define GIB (1ull << 30)

/* A GPU and a machine of which nothing bad is known. */
static const struct hint_gpu good = {
	.address = {0, 1, 0, 0},
	.resizable = true,
	.group = 1,
	.numa_node = 0,
	.resizable_bar = 1,
	.bars_bytes = 16 * GIB,
	.largest_bytes = 16 * GIB,
	.resizable_bytes = 16 * GIB,
	.possible_bytes = 16 * GIB,
	.free_pages = 4,
	.dedicated = 8,
	.group_type = "identity",
	.above = "pci0000:00/0000:00:01.0/",
};

struct world {
	struct hint_facts facts;
	struct hint_gpu gpu[2];
};

#define CHANGE(name, statement)           \
	static void name(struct world *w) \
	{                                 \
		statement;                \
	}

CHANGE(nothing, (void)w)
CHANGE(narrow, w->gpu[0].narrow.lanes = 4; w->gpu[0].narrow.possible = 16)
CHANGE(slow, w->gpu[0].speed = 2.5; w->gpu[0].speed_possible = 16)
CHANGE(silent, w->gpu[0].silent = true)
CHANGE(small_bar, w->gpu[0].resizable_bytes = GIB / 4)
CHANGE(not_resizable, w->gpu[0].resizable = false)
CHANGE(no_pages, w->gpu[0].free_pages = 0)
CHANGE(no_pages_at_all, w->gpu[0].free_pages = 0; w->gpu[0].numa_node = -1)
CHANGE(pages_unknown, w->gpu[0].free_pages = -1)
CHANGE(no_cpus, w->gpu[0].dedicated = 0)
CHANGE(cpus_unknown, w->gpu[0].dedicated = -1)
CHANGE(wide_enough, w->facts.address_bits = 39; w->gpu[0].bars_bytes = 64 * GIB)
CHANGE(too_narrow, w->facts.address_bits = 39; w->gpu[0].bars_bytes = 64 * GIB + 1)
CHANGE(never_wider, w->facts.address_bits = 52; w->gpu[0].bars_bytes = 9 * 1024 * GIB)
CHANGE(width_unknown, w->facts.address_bits = 0)
CHANGE(strict, strcpy(w->gpu[0].group_type, "DMA"))
CHANGE(lazy, strcpy(w->gpu[0].group_type, "DMA-FQ"))
CHANGE(mode_unknown, w->gpu[0].group_type[0] = '\0')
CHANGE(old_kernel, w->facts.kernel = 6011)
CHANGE(old_kernel_small_bars, w->facts.kernel = 5004; w->gpu[0].largest_bytes = GIB / 4)
CHANGE(old_kernel_of_rhel, w->facts.kernel = 5014; w->facts.backports = true)
CHANGE(kernel_unknown, w->facts.kernel = 0)

static const struct {
	const char *name;
	void (*change)(struct world *w);
	const char *id, *wanted;
} rows[] = {
	{"all lanes", nothing, "link", "good"},
	{"too few lanes", narrow, "link", "slower"},
	{"slower than it could be", slow, "link", "slower"},
	{"asleep", silent, "link", "unknown"},
	{"asleep, and its BARs", silent, "resizable-bar", "unknown"},
	{"the largest BAR", nothing, "resizable-bar", "good"},
	{"a BAR that could grow", small_bar, "resizable-bar", "slower"},
	{"no BAR that could", not_resizable, "resizable-bar", "unknown"},
	{"pages", nothing, "huge-pages", "good"},
	{"no pages", no_pages, "huge-pages", "slower"},
	{"no pages, and no node", no_pages_at_all, "huge-pages", "slower"},
	{"pages are not told", pages_unknown, "huge-pages", "unknown"},
	{"CPUs", nothing, "dedicated-cpus", "good"},
	{"no CPUs", no_cpus, "dedicated-cpus", "slower"},
	{"CPUs are not told", cpus_unknown, "dedicated-cpus", "unknown"},
	{"an eighth of the addresses", wide_enough, "address-width", "good"},
	{"more than an eighth", too_narrow, "address-width", "slower"},
	{"firmware stops at 46 bits", never_wider, "address-width", "slower"},
	{"addresses are not told", width_unknown, "address-width", "unknown"},
	{"bypassed", nothing, "iommu-mode", "good"},
	{"strict", strict, "iommu-mode", "slower"},
	{"lazy", lazy, "iommu-mode", "slower"},
	{"mode is not told", mode_unknown, "iommu-mode", "unknown"},
	{"6.12", nothing, "bar-mapping", "good"},
	{"6.11", old_kernel, "bar-mapping", "slower"},
	{"old, but the BARs are small", old_kernel_small_bars, "bar-mapping", "good"},
	{"old, but much is brought back", old_kernel_of_rhel, "bar-mapping", "unknown"},
	{"kernel is not told", kernel_unknown, "bar-mapping", "unknown"},
};

static void make(struct world *w)
{
	*w = (struct world){.facts = {.n = 1, .address_bits = 46, .kernel = 6012},
			    .gpu = {good, good}};
	w->facts.gpu = w->gpu;
	w->gpu[1].address.bus = 2;
	w->gpu[1].group = 2;
}

static const struct hint *find_hint(const struct hints *hints, const char *id)
{
	for (size_t i = 0; i < hints->n; i++)
		if (strcmp(hints->hint[i].id, id) == 0)
			return &hints->hint[i];
	return NULL;
}

/* Of one id, the state; a limit is never a failure, so there is no other answer. */
static const char *state_of(const struct world *w, const char *id)
{
	struct hints hints _cleanup_(hints_free) = {0};

	if (hints_judge(&w->facts, &hints) < 0)
		return "no memory";
	return find_hint(&hints, id) ? hint_state_name(find_hint(&hints, id)->state) : "";
}

static const struct {
	const char *name, *one, *other;
	int group[2], node[2];
	bool override;
	const char *wanted;
} pairs[] = {
	{"one switch, ACS on",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/",
	 {1, 2},
	 {0, 0},
	 false,
	 "unknown"},
	{"one switch, ACS off",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/",
	 {1, 1},
	 {0, 0},
	 false,
	 "good"},
	{"groups that tell nothing",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/",
	 "pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/",
	 {1, 2},
	 {0, 0},
	 true,
	 "unknown"},
	{"two root ports",
	 "pci0000:00/0000:00:01.0/",
	 "pci0000:00/0000:00:02.0/",
	 {1, 2},
	 {0, 0},
	 false,
	 "slower"},
	{"two root ports of one name's start",
	 "pci0000:00/0000:00:01.0/",
	 "pci0000:00/0000:00:01.1/",
	 {1, 1},
	 {0, 0},
	 false,
	 "slower"},
	{"two root buses",
	 "pci0000:00/0000:00:01.0/",
	 "pci0000:80/0000:80:01.0/",
	 {1, 2},
	 {0, -1},
	 false,
	 "slower"},
	{"one switch, and they are said to be far",
	 "pci0000:00/0000:00:01.0/0000:02:00.0/",
	 "pci0000:00/0000:00:01.0/0000:02:01.0/",
	 {1, 1},
	 {0, 1},
	 false,
	 "slower"},
	{"nowhere", "", "pci0000:80/0000:80:01.0/", {1, 2}, {0, 0}, false, "unknown"},
};

static void test_pairs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct world w;

		make(&w);
		w.facts.n = 2;
		w.facts.override = pairs[i].override;
		for (unsigned k = 0; k < 2; k++) {
			w.gpu[k].group = pairs[i].group[k];
			w.gpu[k].numa_node = pairs[i].node[k];
			(void)snprintf(w.gpu[k].above, sizeof(w.gpu[k].above), "%s",
				       k ? pairs[i].other : pairs[i].one);
		}
		test_text(pairs[i].name, state_of(&w, "peer-to-peer"), pairs[i].wanted);
	}
}

#define SENT_UP "slower: ACS in the switch above both sends their traffic up to the processor: "
#define UNKNOWN "unknown: ACS may send their traffic up to the processor: it is not known whether "
#define GPU_1	"0000:01:00.0"
#define GPU_2	"0000:02:00.0"
#define PORT_1	"port 0000:18:00.0"
#define PORT_2	"port 0000:18:01.0"

/* Two GPUs below two ports of one switch: what each is set to, and what is said. */
static const struct {
	enum ats ats[2];
	enum acs acs[2];
	const char *wanted;
} switches[] = {
	{{ATS_ON, ATS_ON},
	 {ACS_TRANSLATED, ACS_TRANSLATED},
	 "good: the switch above both passes their translated requests (ATS) straight on"},
	{{ATS_NONE, ATS_ON}, {ACS_TRANSLATED, ACS_TRANSLATED}, SENT_UP GPU_1 " has no ATS"},
	{{ATS_ON, ATS_OFF}, {ACS_TRANSLATED, ACS_TRANSLATED}, SENT_UP GPU_2 " has ATS off"},
	{{ATS_OFF, ATS_NONE},
	 {ACS_TRANSLATED, ACS_TRANSLATED},
	 SENT_UP GPU_1 " has ATS off, " GPU_2 " has no ATS"},
	{{ATS_UNKNOWN, ATS_ON}, {ACS_TRANSLATED, ACS_TRANSLATED}, UNKNOWN GPU_1 " has ATS on"},
	{{ATS_UNKNOWN, ATS_UNKNOWN},
	 {ACS_UNKNOWN, ACS_UNKNOWN},
	 UNKNOWN GPU_1 " has ATS on, " GPU_2 " has ATS on"},
	{{ATS_UNKNOWN, ATS_NONE}, {ACS_UNKNOWN, ACS_UNKNOWN}, SENT_UP GPU_2 " has no ATS"},
	{{ATS_ON, ATS_ON},
	 {ACS_TRANSLATED, ACS_REDIRECTS},
	 SENT_UP PORT_2 " has Direct Translated P2P off"},
	{{ATS_UNKNOWN, ATS_UNKNOWN},
	 {ACS_REDIRECTS, ACS_REDIRECTS},
	 SENT_UP PORT_1 " has Direct Translated P2P off, " PORT_2 " has Direct Translated P2P off"},
	{{ATS_ON, ATS_ON},
	 {ACS_UNKNOWN, ACS_TRANSLATED},
	 UNKNOWN PORT_1 " has Direct Translated P2P on"},
	{{ATS_NONE, ATS_NONE},
	 {ACS_PASSES, ACS_PASSES},
	 "good: the switch above both passes their traffic straight on"},
	{{ATS_NONE, ATS_NONE}, {ACS_PASSES, ACS_REDIRECTS}, SENT_UP GPU_2 " has no ATS"},
	{{ATS_NONE, ATS_ON},
	 {ACS_PASSES, ACS_TRANSLATED},
	 "good: the switch above both passes their translated requests (ATS) straight on"},
};

static void test_switches(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		struct hint_port ports[2] = {{.address = {0, 0x18, 0, 0}},
					     {.address = {0, 0x18, 1, 0}}};
		struct hints hints _cleanup_(hints_free) = {0};
		char text[HINT_TEXT_MAX + 16];
		const struct hint *hint;
		struct world w;

		make(&w);
		w.facts.n = w.facts.n_ports = 2;
		w.facts.port = ports;
		for (unsigned k = 0; k < 2; k++) {
			w.gpu[k].ats = switches[i].ats[k];
			ports[k].acs = switches[i].acs[k];
			(void)snprintf(w.gpu[k].above, sizeof(w.gpu[k].above),
				       "pci0000:00/0000:16:00.0/0000:17:00.0/0000:18:%02u.0/", k);
		}
		test_int("it can be judged", hints_judge(&w.facts, &hints), 0);
		hint = find_hint(&hints, "peer-to-peer");
		(void)snprintf(text, sizeof(text), "%s: %s",
			       hint ? hint_state_name(hint->state) : "", hint ? hint->text : "");
		test_text("a switch", text, switches[i].wanted);
	}
}

/* Where requests of one to the other enter the switch that is above both. */
static void test_ports(void)
{
	static const struct {
		const char *one, *other, *port;
	} paths[] = {
		{"pci0000:00/0000:16:00.0/0000:17:00.0/0000:18:00.0/0000:19:00.0/0000:1a:02.0/",
		 "pci0000:00/0000:16:00.0/0000:17:00.0/0000:18:01.0/", "0000:18:00.0"},
		{"pci0000:00/0000:16:00.0/0000:17:00.0/0000:18:01.0/",
		 "pci0000:00/0000:16:00.0/0000:17:00.0/0000:18:00.0/0000:19:00.0/0000:1a:02.0/",
		 "0000:18:01.0"},
		{"pci0000:00/0000:00:01.0/", "pci0000:00/0000:00:02.0/", ""},
		{"pci0000:00/0000:16:00.0/", "pci0000:00/0000:16:00.0/", ""},
		{"pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:1b.0/",
		 "pci0000:00/0000:00:0e.0/pci10001:e0/10001:e0:1b.0/", ""},
		{"", "", ""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct hint_gpu one = good, other = good;
		char name[PCI_ADDRESS_MAX] = "";
		struct pci_address port;

		(void)snprintf(one.above, sizeof(one.above), "%s", paths[i].one);
		(void)snprintf(other.above, sizeof(other.above), "%s", paths[i].other);
		if (hints_find_port(&one, &other, &port))
			pci_address_format(&port, name);
		test_text(paths[i].one, name, paths[i].port);
	}
}

/* Of many there would be too many pairs. */
static void test_many(void)
{
	static struct hint_gpu many[HINT_GPUS_MAX + 1];

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = good;
	for (size_t n = 0; n <= ARRAY_SIZE(many); n += n < HINT_GPUS_MAX ? HINT_GPUS_MAX : 1) {
		const struct hint_facts facts = {.gpu = many, .n = n};
		struct hints hints _cleanup_(hints_free) = {0};
		size_t pairs_wanted = n && n <= HINT_GPUS_MAX ? n * (n - 1) / 2 : 0;

		test_int("it can be judged", hints_judge(&facts, &hints), 0);
		test_int("hints", (long)hints.n, (long)(7 * n + pairs_wanted));
	}
}

static const struct {
	const char *list;
	int r;
	long n; /* of those below 16 */
} lists[] = {
	{"", 0, 0},	     {"0-3", 0, 4},	{"0-3,8", 0, 5},       {"4-15,^8", 0, 11},
	{"^8, 4-15", 0, 11}, {"1 , 3", 0, 2},	{"0-3\n", 0, 4},       {"3-1", -EINVAL, 0},
	{"1-", -EINVAL, 0},  {"x", -EINVAL, 0}, {"99999", -EINVAL, 0}, {"1;2", -EINVAL, 0},
};

static void test_lists(void)
{
	static struct cpus first, list;

	cpus_add(&first, "0-15");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		memset(&list, 0, sizeof(list));
		test_int(lists[i].list, cpus_add(&list, lists[i].list), lists[i].r);
		if (lists[i].r == 0)
			test_int(lists[i].list, cpus_count_common(&first, &list), lists[i].n);
	}
}

TESTS(hints)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct world w;

		make(&w);
		rows[i].change(&w);
		test_text(rows[i].name, state_of(&w, rows[i].id), rows[i].wanted);
	}
	test_pairs();
	test_switches();
	test_ports();
	test_many();
	test_lists();
	return test_done();
}
