/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a function's record, up to the first NUL. */
#include <string.h>

#include "helper/record/record.h"
#include "tests/fuzz/fuzz.h"

/* Field by field, as text: padding is nobody's business. */
static bool is_same(const struct record *a, const struct record *b)
{
	char x[RECORD_TEXT_MAX], y[RECORD_TEXT_MAX];

	(void)record_render(a, x);
	(void)record_render(b, y);
	return strcmp(x, y) == 0;
}

/* What was read can be written whole, and read again. */
static void check_again(const struct record *record)
{
	char text[RECORD_TEXT_MAX];
	struct record again;

	FUZZ_ASSERT(record_render(record, text) == strlen(text));
	FUZZ_ASSERT(record_parse(text, &again) == 0);
	FUZZ_ASSERT(is_same(record, &again));
}

/* A key of tomorrow changes nothing, a line without a key spoils all. */
static void check_longer(const char *text, const struct record *record)
{
	size_t n = strlen(text);
	_cleanup_free_ char *longer = NULL;
	struct record again = {0};

	FUZZ_ASSERT(asprintf(&longer, "%s%sTOMORROW=1\n", text,
			     n && text[n - 1] != '\n' ? "\n" : "") > 0);
	FUZZ_ASSERT(record_parse(longer, &again) == 0 && is_same(record, &again));
	longer[strlen(longer) - 3] = ' ';
	FUZZ_ASSERT(record_parse(longer, &again) == -EINVAL && is_same(record, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct record untouched = {.boot_id = "untouched", .time_ms = 1};
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct record record = untouched;
	int r;

	FUZZ_ASSERT(text);
	r = record_parse(text, &record);
	FUZZ_ASSERT(r == 0 || (r == -EINVAL && is_same(&record, &untouched)));
	if (r < 0)
		return 0;
	FUZZ_ASSERT(record.verdict < _VERDICT_COUNT);
	check_again(&record);
	check_longer(text, &record);
	return 0;
}
