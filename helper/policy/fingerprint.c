/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME  UINT64_C(0x100000001b3)

struct line {
	char text[RULE_TEXT_MAX];
};

/* The newline is hashed too, so that two lines never run together. */
static void hash_line(uint64_t *hash, const char *text)
{
	for (; *text; text++)
		*hash = (*hash ^ (unsigned char)*text) * FNV_PRIME;
	*hash = (*hash ^ '\n') * FNV_PRIME;
}

static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->text, y->text);
}

/* A record outlives the program that wrote it: settings that 0.1.0 did not know, those after
 * expect, count only where they are not their defaults, and where a claim may hang on them. */
static bool counts(enum setting setting, const char *value)
{
	const struct settings standard = settings_default();
	char word[DRIVER_NAME_MAX];

	return setting <= SETTING_EXPECT ||
	       (setting_is_of_claim(setting) &&
		strcmp(value, setting_format(&standard, setting, word)) != 0);
}

static void hash_settings(uint64_t *hash, const struct settings *settings)
{
	char word[DRIVER_NAME_MAX], line[DRIVER_NAME_MAX + 32];

	for (unsigned i = 0; i < _SETTING_COUNT; i++) {
		const char *value = setting_format(settings, (enum setting)i, word);

		(void)snprintf(line, sizeof(line), "set %s=%s", setting_name((enum setting)i),
			       value);
		if (counts((enum setting)i, value))
			hash_line(hash, line);
	}
}

int fingerprint(const struct rule *rules, size_t n, const struct settings *settings, bool voided,
		char buf[static FINGERPRINT_MAX])
{
	_cleanup_free_ struct line *lines = calloc(n + 1, sizeof(*lines));
	uint64_t hash = FNV_OFFSET;

	if (!lines)
		return -ENOMEM;

	for (size_t i = 0; i < n; i++)
		(void)rule_format(&rules[i], lines[i].text);
	qsort(lines, n, sizeof(*lines), compare_lines);

	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(lines[i].text, lines[i - 1].text) != 0)
			hash_line(&hash, lines[i].text);
	hash_settings(&hash, settings);
	if (voided)
		hash_line(&hash, "voided");

	(void)snprintf(buf, FINGERPRINT_MAX, "%016" PRIx64, hash);
	return 0;
}

const char *fingerprint_text(const char *text, char buf[static FINGERPRINT_MAX])
{
	uint64_t hash = FNV_OFFSET;

	hash_line(&hash, text);
	(void)snprintf(buf, FINGERPRINT_MAX, "%016" PRIx64, hash);
	return buf;
}
