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
CHANGE(narrow, w->gpu[0].lanes = 4; w->gpu[0].lanes_possible = 16)
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

/* Of one id, the state; a limit is never a failure, so there is no other answer. */
static const char *state_of(const struct world *w, const char *id)
{
	struct hints hints _cleanup_(hints_free) = {0};

	if (hints_judge(&w->facts, &hints) < 0)
		return "no memory";
	for (size_t i = 0; i < hints.n; i++)
		if (strcmp(hints.hint[i].id, id) == 0)
			return hint_state_name(hints.hint[i].state);
	return "";
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
	 "slower"},
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
	test_many();
	test_lists();
	return test_done();
}
