/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "helper/policy/cmdline.h"
#include "tests/fuzz/fuzz.h"

static char *join(const char *before, const char *after)
{
	char *text = NULL;

	FUZZ_ASSERT(asprintf(&text, "%s%s", before, after) >= 0);
	return text;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

/* @ret_last: is @last, without a value, the last one? */
static unsigned count_parameters(const char *text, const char *last, bool *ret_last)
{
	_cleanup_free_ char *buf = malloc(strlen(text) + 1);
	const char *cursor = text, *name, *value, *end;
	unsigned n = 0;

	FUZZ_ASSERT(buf);
	*ret_last = false;
	end = buf + strlen(text);
	while (cmdline_next(&cursor, buf, &name, &value)) {
		FUZZ_ASSERT(name >= buf && name + strlen(name) <= end);
		FUZZ_ASSERT(!value || (value > name && value + strlen(value) <= end));
		*ret_last = !value && strcmp(name, last) == 0;
		n++;
	}
	FUZZ_ASSERT(*cursor == '\0');
	return n;
}

/* Would a word more be a parameter more? Not after "--" or an open quote. */
static bool is_open_ended(const char *text)
{
	_cleanup_free_ char *longer = join(text, " word");
	bool ignored, last;
	unsigned n = count_parameters(text, "word", &ignored);

	return count_parameters(longer, "word", &last) == n + 1 && last;
}

static void check_rules(const struct cmdline *c)
{
	for (size_t i = 0; i < c->n_rules; i++) {
		const struct rule *rule = &c->rules[i];

		FUZZ_ASSERT(rule->line == 0 && !rule->has_subsystem && rule->class_digits == 0);
		FUZZ_ASSERT(rule->has_address || (rule->kind == RULE_CLAIM && rule->has_id));
	}
}

/* No error stands alone: each has turned something down. */
static void check_errors(const struct cmdline *c)
{
	for (size_t i = 0; i < c->n_errors; i++) {
		const struct cmdline_error *e = &c->errors[i];

		FUZZ_ASSERT(is_printable(e->parameter) && is_printable(e->element));
		FUZZ_ASSERT(strncmp(e->what, "expected ", 9) == 0 && *e->until);
		if (strcmp(e->until, "nothing is claimed") == 0)
			FUZZ_ASSERT(c->claims_void);
		if (strcmp(e->until, "gpuclaim is switched off") == 0)
			FUZZ_ASSERT(c->off);
		if (strcmp(e->until, "nothing is claimed in the initramfs") == 0)
			FUZZ_ASSERT(c->off_initramfs);
	}
}

static bool same(const struct cmdline *a, const struct cmdline *b)
{
	char x[RULE_TEXT_MAX], y[RULE_TEXT_MAX];

	if (a->off != b->off || a->off_initramfs != b->off_initramfs || a->armed != b->armed ||
	    a->claims_void != b->claims_void || a->has != b->has || a->n_rules != b->n_rules ||
	    a->n_errors != b->n_errors)
		return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (strcmp(rule_format(&a->rules[i], x), rule_format(&b->rules[i], y)) != 0)
			return false;
	return true;
}

/* What others say before it changes nothing; the rescue switch after it always works. */
static void check_neighbours(const char *text, const struct cmdline *c)
{
	_cleanup_free_ char *after = join("ro quiet console=\"tty0 x\" ", text);
	_cleanup_free_ char *switched = join(text, " gpuclaim=0");
	_cleanup_free_ char *skipping = join(text, " gpuclaim.skip=all");
	struct cmdline other;

	FUZZ_ASSERT(cmdline_parse(after, &other) == 0);
	FUZZ_ASSERT(same(c, &other));
	cmdline_free(&other);

	if (!is_open_ended(text))
		return;

	FUZZ_ASSERT(cmdline_parse(switched, &other) == 0);
	FUZZ_ASSERT(other.off);
	FUZZ_ASSERT(other.n_rules == c->n_rules && other.n_errors == c->n_errors);
	cmdline_free(&other);

	FUZZ_ASSERT(cmdline_parse(skipping, &other) == 0);
	FUZZ_ASSERT(other.claims_void);
	FUZZ_ASSERT(other.n_rules == c->n_rules && other.n_errors == c->n_errors + 1);
	cmdline_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	struct cmdline c;

	FUZZ_ASSERT(text);
	FUZZ_ASSERT(cmdline_parse(text, &c) == 0);
	check_rules(&c);
	check_errors(&c);
	check_neighbours(text, &c);
	cmdline_free(&c);
	return 0;
}
