/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/due.h"

#include <stdlib.h>

#include "helper/policy/fingerprint.h"
#include "tests/unit/test.h"

#define NODES  500
#define PASS_S 30
#define END_S  (3 * SYNC_LATE_S)

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

/* A node in order asks once in five minutes, and once an hour one question more. */
static void run_node(unsigned node, unsigned *count, int64_t *ret_first)
{
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

		if (due) {
			count[s]++;
			count[s] += sync_moment_came(&clock, last.tried, SYNC_LATE_S);
			last.asked = s;
			*ret_first = *ret_first ? *ret_first : s;
		}
		if (due || !last.tried)
			last.tried = s;
		last.gpu = &gpu;
		last.n_gpus = 1;
	}
}

static void test_many_nodes(void)
{
	unsigned *count = calloc(END_S, sizeof(*count)), worst = 0, window = 0;
	int64_t first, latest = 0;

	if (!count)
		return;
	for (unsigned node = 0; node < NODES; node++) {
		run_node(node, count, &first);
		latest = first > latest ? first : latest;
	}
	for (int64_t s = 0; s < END_S; s++) {
		window += count[s] - (s >= SYNC_FULL_S ? count[s - SYNC_FULL_S] : 0);
		worst = window > worst ? window : worst;
	}
	test_int("500 nodes ask less than twice a second, from their boot on",
		 worst < 2 * SYNC_FULL_S, true);
	test_int("each within its first minutes", latest <= 2 * PASS_S + SYNC_FULL_S + 5, true);
	if (worst >= 2 * SYNC_FULL_S)
		printf("%u requests in %d s\n", worst, SYNC_FULL_S);
	free(count);
}

TESTS(sync_due)
{
	test_due();
	test_seed();
	test_many_nodes();
	return test_done();
}
