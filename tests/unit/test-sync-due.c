/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/due.h"

#include <stdlib.h>

#include "helper/policy/fingerprint.h"
#include "tests/unit/test.h"

#define NODES  500
#define PASS_S 30
#define END_S  (4 * SYNC_LATE_S)

/**
 * struct cloud - 500 nodes that boot at once, after a power failure
 * @one_time:	one-time-use GPUs in each
 * @full:	and no node has memory left to offer, so that each GPU is asked for by itself
 * @returned:	they are in the record: their state is asked for with the first look
 * @silent_from, @silent_until: while Placement does not answer, in seconds since the boot
 * @most, @most_later: requests a second in any five minutes; of the second hour and later
 */
struct cloud {
	const char *name;
	unsigned one_time;
	bool full, returned;
	int64_t silent_from, silent_until;
	unsigned most, most_later;
};

/* Of one GPU. tried, asked: 0: never. */
static const struct {
	const char *name;
	bool spread;
	enum sync_local before, now;
	int64_t asked, tried, now_s;
	unsigned failures;
	bool due;
} rows[] = {
	{"never, by hand", false, SYNC_READY, SYNC_READY, 0, 0, 40, 0, true},
	{"a first pass waits", true, SYNC_READY, SYNC_READY, 0, 0, 40, 0, false},
	{"a first pass with a GPU in doubt waits", true, SYNC_READY, SYNC_UNKNOWN, 0, 0, 40, 0,
	 false},
	{"a first pass with a broken GPU", true, SYNC_READY, SYNC_NOT_READY, 0, 0, 40, 0, true},
	{"it waited, and is asked by hand", false, SYNC_READY, SYNC_READY, 0, 40, 70, 0, true},
	{"it waits", true, SYNC_READY, SYNC_READY, 0, 40, 70, 0, false},
	{"it waits, and breaks", true, SYNC_READY, SYNC_NOT_READY, 0, 40, 70, 0, true},
	{"its moment comes", true, SYNC_READY, SYNC_READY, 0, 40, 300, 0, true},
	{"just before it", true, SYNC_READY, SYNC_READY, 100, 100, 299, 0, false},
	{"its moment, soon after a look", true, SYNC_READY, SYNC_READY, 290, 290, 300, 0, true},
	{"by hand, too", false, SYNC_READY, SYNC_READY, 290, 290, 300, 0, true},
	{"it was just asked", false, SYNC_READY, SYNC_READY, 310, 310, 320, 0, false},
	{"it breaks", true, SYNC_READY, SYNC_NOT_READY, 310, 310, 320, 0, true},
	{"it is ready again", true, SYNC_NOT_READY, SYNC_READY, 310, 310, 320, 0, true},
	{"it failed once", true, SYNC_READY, SYNC_READY, 310, 310, 369, 1, false},
	{"and is tried again", true, SYNC_READY, SYNC_READY, 310, 310, 370, 1, true},
	{"it failed three times", true, SYNC_READY, SYNC_READY, 310, 310, 549, 3, false},
	{"it failed for long: at its moment", true, SYNC_READY, SYNC_READY, 310, 310, 600, 9, true},
	{"another boot's time", true, SYNC_READY, SYNC_READY, 310, 310, 309, 0, true},
};

static void test_due(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct sync_gpu before = {.local = rows[i].before}, now = {.local = rows[i].now};
		const struct sync_state last = {.gpu = &before,
						.n_gpus = 1,
						.asked = rows[i].asked,
						.tried = rows[i].tried,
						.failures = rows[i].failures};
		const struct sync_state seen = {.gpu = &now, .n_gpus = 1};
		const struct sync_clock clock = {.now_s = rows[i].now_s, .spread = rows[i].spread};

		test_int(rows[i].name, sync_is_due(&last, &seen, &clock), rows[i].due);
	}
}

static void test_seed(void)
{
	const struct sync_clock clock = {.now_s = 301, .seed = 300ULL * 7 + 299};

	test_int("its own moment", sync_moment_came(&clock, 300, SYNC_FULL_S), true);
	test_int("and no other", sync_moment_came(&clock, 302, SYNC_FULL_S), false);
}

/* The moment of this one is at each full hour, and each half. */
static void test_late(void)
{
	static const struct {
		const char *name;
		int64_t late, tried, now_s;
		bool due;
	} cases[] = {
		{"its moment", 3500, 3500, 3600, true},
		{"before it", 3400, 3400, 3599, false},
		{"half an hour later", 5300, 5300, 5400, false},
		{"in its moment it failed", 3500, 3600, 3630, false},
		{"and is asked half an hour later", 3500, 5300, 5400, true},
		{"or an hour later", 3500, 7100, 7200, true},
		{"never: in its moment", 0, 3500, 3600, true},
		{"never, long after the boot: not at once", 0, 90010, 90040, false},
		{"but in half an hour", 0, 90010, 91810, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct sync_state last = {.late = cases[i].late, .tried = cases[i].tried};
		const struct sync_clock clock = {.now_s = cases[i].now_s, .spread = true};

		test_int(cases[i].name, sync_late_is_due(&last, &clock), cases[i].due);
	}
}

/*
 * A node in order asks once in five minutes, and once an hour one question more: what there is of
 * all its GPUs. Where that has no answer, it is asked which are one-time-use GPUs, and of these
 * three questions each; tests/nova/sync_spread.py sees that.
 */
static void run_node(const struct cloud *cloud, unsigned node, unsigned *count, int64_t *ret_first)
{
	unsigned unread = cloud->full ? cloud->one_time : 0;
	char name[24], hash[FINGERPRINT_MAX];
	struct sync_gpu gpu = {.local = SYNC_READY};
	struct sync_state last = {0};
	const struct sync_state now = {.gpu = &gpu, .n_gpus = 1};

	(void)snprintf(name, sizeof(name), "gpu-%03u.example.org", node);
	*ret_first = 0;
	/* All of them boot at once, after a power failure. */
	for (int64_t s = PASS_S + node % 5; s < END_S; s += PASS_S + node % 3) {
		const struct sync_clock clock = {
			.now_s = s,
			.seed = strtoull(fingerprint_text(name, hash), NULL, 16),
			.spread = true,
		};
		bool due = sync_is_due(&last, &now, &clock);
		bool silent = s >= cloud->silent_from && s < cloud->silent_until;

		count[s] += due;
		if (due && silent)
			last.failures++;
		if (due && !silent) {
			if (sync_late_is_due(&last, &clock)) {
				count[s] += 1 + cloud->full + 3 * unread;
				unread = 0;
				last.late = s;
			}
			count[s] += cloud->returned && !last.asked;
			last.failures = 0;
			last.asked = s;
			*ret_first = *ret_first ? *ret_first : s;
		}
		if (due || !last.tried)
			last.tried = s;
		last.gpu = &gpu;
		last.n_gpus = 1;
	}
}

/* The most in any five minutes from then on. */
static unsigned count_worst(const unsigned *count, int64_t from_s)
{
	unsigned worst = 0, window = 0;

	for (int64_t s = from_s; s < END_S; s++) {
		window += count[s] - (s - from_s >= SYNC_FULL_S ? count[s - SYNC_FULL_S] : 0);
		worst = window > worst ? window : worst;
	}
	return worst;
}

static void run_cloud(const struct cloud *cloud)
{
	unsigned *count = calloc(END_S, sizeof(*count)), whole, later;
	int64_t first, latest = 0;

	if (!count)
		return;
	for (unsigned node = 0; node < NODES; node++) {
		run_node(cloud, node, count, &first);
		latest = first > latest ? first : latest;
	}
	whole = count_worst(count, 0);
	later = count_worst(count, SYNC_LATE_S + SYNC_FULL_S);
	if (!test_int(cloud->name,
		      whole < cloud->most * SYNC_FULL_S && later < cloud->most_later * SYNC_FULL_S,
		      true))
		printf("%u requests in %d s, later %u\n", whole, SYNC_FULL_S, later);
	if (!cloud->silent_until)
		test_int("each within its first minutes", latest <= 2 * PASS_S + SYNC_FULL_S + 5,
			 true);
	free(count);
}

static void test_many_nodes(void)
{
	static const struct cloud clouds[] = {
		{"500 nodes ask less than twice a second, from their boot on", 0, false, false, 0,
		 0, 2, 2},
		{"a Placement that was silent for two hours gets no rush", 0, false, false, 1800,
		 9000, 5, 3},
		{"eight one-time-use GPUs each", 8, false, false, 0, 0, 2, 2},
		{"and all were returned before the boot", 8, false, true, 0, 0, 4, 2},
		{"and no node has memory to offer: from the second hour on", 8, true, false, 0, 0,
		 7, 3},
	};

	for (size_t i = 0; i < ARRAY_SIZE(clouds); i++)
		run_cloud(&clouds[i]);
}

TESTS(sync_due)
{
	test_due();
	test_seed();
	test_late();
	test_many_nodes();
	return test_done();
}
