/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/sync/state.h"

#include "tests/unit/test.h"

#define UUID "5ed0a6f2-0000-4000-8000-000000000001"

enum { PLAIN = 0, ONE_TIME = 1, SPARE = 2 };

/* The entry is: mark, generation, before, returned. */
static const struct {
	const char *name;
	enum sync_local local;
	unsigned flags;
	long generation, total, reserved, used;
	enum sync_mark mark;
	long written, returned;
	enum sync_action action;
} rows[] = {
	{"ready", SYNC_READY, 0, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0, SYNC_LEAVE},
	{"ready, in use", SYNC_READY, 0, 3, 1, 0, 1, SYNC_NOT_OURS, 0, 0, SYNC_LEAVE},
	{"not ready", SYNC_NOT_READY, 0, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0, SYNC_RESERVE},
	{"not ready, in use", SYNC_NOT_READY, 0, 3, 1, 0, 1, SYNC_NOT_OURS, 0, 0, SYNC_RESERVE},
	{"not ready, in use, spared", SYNC_NOT_READY, SPARE, 3, 1, 0, 1, SYNC_NOT_OURS, 0, 0,
	 SYNC_SPARE},
	{"not ready, spared, but unused", SYNC_NOT_READY, SPARE, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0,
	 SYNC_RESERVE},
	{"not ready, a part is another's", SYNC_NOT_READY, 0, 3, 2, 1, 0, SYNC_NOT_OURS, 0, 0,
	 SYNC_RESERVE},
	{"not ready, another's", SYNC_NOT_READY, 0, 3, 1, 1, 0, SYNC_NOT_OURS, 0, 0, SYNC_FOREIGN},
	{"not ready, ours", SYNC_NOT_READY, 0, 4, 1, 1, 0, SYNC_OURS, 4, 0, SYNC_LEAVE},
	{"not ready, ours, reset by Nova", SYNC_NOT_READY, 0, 5, 1, 0, 0, SYNC_OURS, 4, 0,
	 SYNC_RESERVE},
	{"ready again, ours", SYNC_READY, 0, 4, 1, 1, 0, SYNC_OURS, 4, 0, SYNC_LIFT},
	{"ready again, ours, in use", SYNC_READY, 0, 5, 1, 1, 1, SYNC_OURS, 4, 0, SYNC_LIFT},
	{"ready again, another's", SYNC_READY, 0, 4, 1, 1, 0, SYNC_NOT_OURS, 0, 0, SYNC_FOREIGN},
	{"ready, a part is another's", SYNC_READY, 0, 4, 2, 1, 0, SYNC_NOT_OURS, 0, 0,
	 SYNC_FOREIGN},
	{"ready again, lifted by another", SYNC_READY, 0, 5, 1, 0, 0, SYNC_OURS, 4, 0, SYNC_FORGET},
	{"cut off, and Placement took it", SYNC_NOT_READY, 0, 4, 1, 1, 0, SYNC_SETTING, 3, 0,
	 SYNC_LEAVE},
	{"cut off, Placement took it, ready", SYNC_READY, 0, 4, 1, 1, 0, SYNC_SETTING, 3, 0,
	 SYNC_LIFT},
	{"cut off before it was asked", SYNC_NOT_READY, 0, 3, 1, 0, 0, SYNC_SETTING, 3, 0,
	 SYNC_RESERVE},
	{"cut off before it was asked, ready", SYNC_READY, 0, 3, 1, 0, 0, SYNC_SETTING, 3, 0,
	 SYNC_FORGET},
	{"unknown", SYNC_UNKNOWN, 0, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0, SYNC_DOUBT},
	{"unknown, ours", SYNC_UNKNOWN, 0, 4, 1, 1, 0, SYNC_OURS, 4, 0, SYNC_DOUBT},
	{"unknown, another's", SYNC_UNKNOWN, 0, 4, 1, 1, 0, SYNC_NOT_OURS, 0, 0, SYNC_FOREIGN},
	{"no inventory", SYNC_NOT_READY, 0, 4, 0, 0, 0, SYNC_NOT_OURS, 0, 0, SYNC_LEAVE},
	{"one-time, fresh", SYNC_READY, ONE_TIME, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0, SYNC_LEAVE},
	{"one-time, used and reserved by Nova", SYNC_READY, ONE_TIME, 5, 1, 1, 1, SYNC_NOT_OURS, 0,
	 0, SYNC_LEAVE},
	{"one-time, used once", SYNC_READY, ONE_TIME, 6, 1, 1, 0, SYNC_NOT_OURS, 0, 0,
	 SYNC_AWAIT_RETURN},
	{"one-time, used and not reserved", SYNC_READY, ONE_TIME, 5, 1, 0, 1, SYNC_NOT_OURS, 0, 0,
	 SYNC_RESERVE_USED},
	{"one-time, used and not reserved, spared", SYNC_NOT_READY, ONE_TIME | SPARE, 5, 1, 0, 1,
	 SYNC_NOT_OURS, 0, 0, SYNC_RESERVE_USED},
	{"one-time, used, of unknown health", SYNC_UNKNOWN, ONE_TIME, 5, 1, 0, 1, SYNC_NOT_OURS, 0,
	 0, SYNC_RESERVE_USED},
	{"one-time, reserved again by us", SYNC_READY, ONE_TIME, 7, 1, 1, 0, SYNC_USED, 6, 0,
	 SYNC_AWAIT_RETURN},
	{"one-time, reserved again, reset by Nova", SYNC_READY, ONE_TIME, 8, 1, 0, 0, SYNC_USED, 6,
	 0, SYNC_RESERVE_USED},
	{"one-time, returned", SYNC_READY, ONE_TIME, 7, 1, 0, 0, SYNC_NOT_OURS, 7, 7, SYNC_LEAVE},
	{"one-time, changed since its return", SYNC_READY, ONE_TIME, 9, 1, 0, 0, SYNC_NOT_OURS, 7,
	 7, SYNC_RESERVE_USED},
	{"not one-time any more, changed", SYNC_READY, 0, 9, 1, 0, 0, SYNC_NOT_OURS, 7, 7,
	 SYNC_LEAVE},
	{"one-time, not ready, unused", SYNC_NOT_READY, ONE_TIME, 3, 1, 0, 0, SYNC_NOT_OURS, 0, 0,
	 SYNC_RESERVE},
	{"one-time, ours, ready, unused", SYNC_READY, ONE_TIME, 4, 1, 1, 0, SYNC_OURS, 4, 0,
	 SYNC_LIFT},
	{"one-time, ours, and used meanwhile", SYNC_READY, ONE_TIME, 5, 1, 1, 1, SYNC_OURS, 4, 0,
	 SYNC_RESERVE_USED},
	{"one-time, ours, lifted, used and reserved by Nova", SYNC_READY, ONE_TIME, 7, 1, 1, 0,
	 SYNC_OURS, 4, 0, SYNC_RESERVE_USED},
	{"one-time, ours, lifted, perhaps used, not reserved", SYNC_READY, ONE_TIME, 7, 1, 0, 0,
	 SYNC_OURS, 4, 0, SYNC_RESERVE_USED},
	{"one-time, ours, changed, of unknown health", SYNC_UNKNOWN, ONE_TIME, 7, 1, 1, 0,
	 SYNC_OURS, 4, 0, SYNC_RESERVE_USED},
	{"one-time, cut off, Placement took it", SYNC_READY, ONE_TIME, 4, 1, 1, 0, SYNC_SETTING, 3,
	 0, SYNC_LIFT},
	{"one-time, cut off, and changed since", SYNC_READY, ONE_TIME, 7, 1, 1, 0, SYNC_SETTING, 3,
	 0, SYNC_AWAIT_RETURN},
	{"one-time, cut off, and perhaps used since", SYNC_READY, ONE_TIME, 7, 1, 0, 0,
	 SYNC_SETTING, 3, 0, SYNC_RESERVE_USED},
	{"cut off, and others wrote since", SYNC_READY, 0, 5, 1, 1, 0, SYNC_SETTING, 3, 0,
	 SYNC_FOREIGN},
	{"cut off before it was asked, another's", SYNC_READY, 0, 3, 1, 1, 0, SYNC_SETTING, 3, 0,
	 SYNC_FOREIGN},
	{"one-time, ours, returned, as we left it", SYNC_READY, ONE_TIME, 8, 1, 1, 0, SYNC_OURS, 8,
	 8, SYNC_LIFT},
	{"one-time, ours, changed since its return", SYNC_READY, ONE_TIME, 9, 1, 1, 0, SYNC_OURS, 8,
	 8, SYNC_RESERVE_USED},
};

static void test_decisions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct sync_facts facts = {
			.local = rows[i].local,
			.generation = rows[i].generation,
			.total = rows[i].total,
			.reserved = rows[i].reserved,
			.used = rows[i].used,
			.one_time = rows[i].flags & ONE_TIME,
			.spare_moves = rows[i].flags & SPARE,
			.entry = {.mark = rows[i].mark,
				  .generation = rows[i].written,
				  .returned = rows[i].returned},
		};

		test_text(rows[i].name, sync_action_word(sync_decide(&facts)),
			  sync_action_word(rows[i].action));
	}
}

static struct sync_entry entry_of(const char *uuid, enum sync_mark mark, long returned)
{
	struct sync_entry entry = {.address = {.bus = 1},
				   .mark = mark,
				   .generation = 7,
				   .returned = returned,
				   .time = 99};

	(void)snprintf(entry.uuid, sizeof(entry.uuid), "%s", uuid);
	(void)snprintf(entry.reason, sizeof(entry.reason), "it is\nbound to nvidia");
	return entry;
}

static void test_record(void)
{
	struct sync_record record _cleanup_(sync_record_free) = {0},
				  back _cleanup_(sync_record_free) = {0};
	struct sync_entry one = entry_of(UUID, SYNC_OURS, 0), two = entry_of("2", SYNC_SETTING, 5);
	const struct sync_entry *found;
	_cleanup_free_ char *text = NULL;

	two.reason[0] = '\0';
	test_int("noted", sync_record_note(&record, &one), 0);
	test_int("noted, too", sync_record_note(&record, &two), 0);
	test_int("noted again", sync_record_note(&record, &one), 0);
	test_int("rendered", sync_record_render(&record, &text), 0);
	test_text("a record", text,
		  "gpuclaim-sync 1\n" UUID " 0000:01:00.0 ours 7 0 0 99 it is?bound to nvidia\n"
		  "2 0000:01:00.0 setting 7 0 5 99 \n");
	test_int("parsed", sync_record_parse(text, &back), 0);
	found = sync_record_find(&back, UUID);
	test_int("entries", (long)back.n, 2);
	test_text("its reason", found ? found->reason : "none", "it is?bound to nvidia");
	test_int("its address", found ? (long)found->address.bus : 0, 1);
	one.mark = SYNC_NOT_OURS;
	test_int("forgotten", sync_record_note(&record, &one), 0);
	two.mark = SYNC_NOT_OURS;
	test_int("not ours, but returned", sync_record_note(&record, &two), 0);
	test_int("one is left", (long)record.n, 1);
	test_int("it is kept", sync_record_find(&record, "2") != NULL, true);
}

static void test_damaged_records(void)
{
	static const char *const texts[] = {
		"",
		"gpuclaim-sync 2\n",
		"gpuclaim-sync 1\nx\n",
		"gpuclaim-sync 1\nu 0000:01:00.0 theirs 1 0 0 9 why\n",
		"gpuclaim-sync 1\nu 0000:01:00.0 ours -1 0 0 9 why\n",
		"gpuclaim-sync 1\nu 0000:01:00.0 ours 1 0 0\n",
		"gpuclaim-sync 1\nu 01:00.0 ours 1 0 0 9 why\n",
		"gpuclaim-sync 1\nu 0000:01:00.0 ours 1 0 0 9 a\nu 0000:01:00.0 ours 2 0 0 9 b\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_free_ char *text = strdup(texts[i]);
		struct sync_record record _cleanup_(sync_record_free) = {0};

		test_int(texts[i], text ? sync_record_parse(text, &record) : 0, -EBADMSG);
		test_int("nothing of it is taken", (long)record.n, 0);
	}
}

static void test_quarantined(void)
{
	static const struct {
		const char *name;
		enum sync_mark mark;
		bool found, other;
		int quarantined;
	} cases[] = {
		{"no record, and no pass", SYNC_NOT_OURS, false, false, -1},
		{"another GPU's record", SYNC_OURS, false, true, -1},
		{"found, and nothing is set", SYNC_NOT_OURS, true, false, 0},
		{"found, and another GPU's record", SYNC_OURS, true, true, 0},
		{"ours, before the first pass", SYNC_OURS, false, false, 1},
		{"ours", SYNC_OURS, true, false, 1},
		{"cut off while it was set", SYNC_SETTING, true, false, 1},
		{"used, and waiting for its return", SYNC_USED, true, false, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct pci_address address = {.bus = 1}, other = {.bus = 2};
		struct sync_entry entry = {.address = cases[i].other ? other : address,
					   .mark = cases[i].mark};
		struct sync_provider provider = {.address = address};
		const struct sync_record record = {&entry, 1};
		const struct sync_state state = {.provider = &provider,
						 .n_providers = cases[i].found};

		test_int(cases[i].name, sync_quarantined(&record, &state, &address),
			 cases[i].quarantined);
	}
}

TESTS(sync)
{
	test_quarantined();
	test_decisions();
	test_record();
	test_damaged_records();
	return test_done();
}
