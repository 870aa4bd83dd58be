/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/nearest.h"
#include "tests/unit/test.h"

static const char *const words[] = {"scan",    "setup", "status",  "claim",
				    "release", "json",	"dry-run", "no-exec"};

static const struct {
	const char *typed, *found;
} rows[] = {
	{"stauts", "status"},  /* two changed places */
	{"satus", "status"},   /* one is missing */
	{"statuss", "status"}, /* one too many */
	{"ststus", "status"},  /* another one */
	{"stat", "status"},    /* the beginning */
	{"setp", "setup"},     {"dryrun", "dry-run"},
	{"noexec", "no-exec"}, {"s", "none"},
	{"", "none"},	       {"frobnicate", "none"},
	{"jsno", "json"},      {"list", "none"},
	{"unclaim", "claim"},  {"a-word-that-is-longer-than-any-that-there-is", "none"},
};

TESTS(nearest)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nearest nearest = {.word = rows[i].typed};

		for (size_t j = 0; j < ARRAY_SIZE(words); j++)
			nearest_try(&nearest, words[j]);
		(void)test_text(rows[i].typed, nearest.found ? nearest.found : "none",
				rows[i].found);
	}
	return test_done();
}
