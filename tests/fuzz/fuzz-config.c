/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "helper/policy/config.h"
#include "tests/fuzz/fuzz.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define BAD_LINE	"\nno statement\n"

static bool same_rules(const struct config *a, const struct config *b)
{
	char x[RULE_TEXT_MAX], y[RULE_TEXT_MAX];

	if (a->n_rules != b->n_rules)
		return false;
	for (size_t i = 0; i < a->n_rules; i++)
		if (a->rules[i].line != b->rules[i].line ||
		    strcmp(rule_format(&a->rules[i], x), rule_format(&b->rules[i], y)) != 0)
			return false;
	return true;
}

static bool same_error(const struct config *a, const struct config *b)
{
	return a->n_errors == b->n_errors &&
	       (a->n_errors == 0 ||
		(a->error[0].line == b->error[0].line && a->error[0].column == b->error[0].column &&
		 strcmp(a->error[0].what, b->error[0].what) == 0));
}

/* Is there such a line, and such a column in it or just after it? */
static bool is_inside(const char *text, size_t size, const struct parse_error *error)
{
	const char *end = text + size, *newline;

	if (size >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
		text += 3;
	for (unsigned line = 1; line < error->line; line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			return false;
		text = newline + 1;
	}

	newline = memchr(text, '\n', (size_t)(end - text));
	return error->column >= 1 &&
	       error->column <= (size_t)((newline ? newline : end) - text) + 1;
}

/* What was read can be printed, and read again. */
static void check_rule(const struct rule *rule)
{
	char text[RULE_TEXT_MAX], again[RULE_TEXT_MAX];
	struct config config;

	FUZZ_ASSERT(rule->kind == RULE_SKIP || rule->has_id);
	FUZZ_ASSERT(rule->has_id || rule->has_address || rule->class_digits ||
		    rule->has_subsystem || rule->path[0]);

	(void)rule_format(rule, text);
	FUZZ_ASSERT(config_parse(text, strlen(text), "again", &config) == 0);
	FUZZ_ASSERT(config.n_errors == 0 && config.n_rules == 1);
	FUZZ_ASSERT(strcmp(rule_format(&config.rules[0], again), text) == 0);
	config_free(&config);
}

static void check_settings(const struct config *config)
{
	char line[128], word[DRIVER_NAME_MAX];

	for (unsigned i = 0; i < _SETTING_COUNT; i++) {
		const char *value = setting_format(&config->settings, (enum setting)i, word);
		struct config again;

		(void)snprintf(line, sizeof(line), "set %s=%s", setting_name((enum setting)i),
			       value);
		FUZZ_ASSERT(config_parse(line, strlen(line), "again", &again) == 0);
		FUZZ_ASSERT(again.n_errors == 0 && again.has == 1u << i);
		config_free(&again);
	}
}

/* A bad line more: one error more, and not a rule more or less. */
static void check_error_appended(const char *text, size_t size, const struct config *config)
{
	_cleanup_free_ char *longer = malloc(size + sizeof(BAD_LINE));
	struct config spoilt;

	FUZZ_ASSERT(longer);
	if (size > 0)
		memcpy(longer, text, size);
	memcpy(longer + size, BAD_LINE, sizeof(BAD_LINE));

	FUZZ_ASSERT(config_parse(longer, size + strlen(BAD_LINE), "spoilt", &spoilt) == 0);
	FUZZ_ASSERT(spoilt.n_errors == config->n_errors + 1);
	FUZZ_ASSERT(same_rules(&spoilt, config));
	config_free(&spoilt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct config config, twin;

	FUZZ_ASSERT(config_parse(text, size, "file", &config) == 0);
	FUZZ_ASSERT(config_parse(text, size, "file", &twin) == 0);
	FUZZ_ASSERT(same_rules(&config, &twin) && same_error(&config, &twin));

	for (size_t i = 0; i < config.n_rules; i++) {
		const struct parse_error place = {.line = config.rules[i].line, .column = 1};

		FUZZ_ASSERT(is_inside(text, size, &place));
		FUZZ_ASSERT(i == 0 || config.rules[i - 1].line < config.rules[i].line);
		check_rule(&config.rules[i]);
	}

	if (config.n_errors > 0) {
		FUZZ_ASSERT(is_inside(text, size, &config.error[0]));
		FUZZ_ASSERT(strncmp(config.error[0].what, "expected ", 9) == 0);
	}
	check_settings(&config);
	check_error_appended(text, size, &config);

	config_free(&config);
	config_free(&twin);
	return 0;
}
