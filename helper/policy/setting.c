/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/setting.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define EXPECTED   "expected "
#define EXPECT_MAX 4096
#define WORDS_MAX  3
#define ALNUM	   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/*
 * A setting. One with words is their index, in the order of its enum; others have functions.
 * @careful is the value that lets gpuclaim do the least.
 */
struct row {
	const char *name, *expected, *standard, *careful;
	const char *words[WORDS_MAX];
	int (*parse)(const char *value, void *field);
	const char *(*format)(const void *field, char buf[static DRIVER_NAME_MAX]);
	size_t offset, size;
};

static int parse_driver(const char *value, void *field)
{
	size_t length = strlen(value);

	if (length == 0 || length >= DRIVER_NAME_MAX || value[strspn(value, ALNUM "_-")])
		return -EINVAL;
	memcpy(field, value, length + 1);
	return 0;
}

static const char *format_driver(const void *field, char buf[static DRIVER_NAME_MAX])
{
	return memcpy(buf, field, DRIVER_NAME_MAX);
}

static int parse_expect(const char *value, void *field)
{
	size_t digits = strspn(value, "0123456789");
	int n = 0, *expect = field;

	if (strcmp(value, "any") == 0) {
		*expect = EXPECT_ANY;
		return 0;
	}

	/* No leading zeros: some readers would take them for octal. */
	if (digits == 0 || digits > 4 || value[digits] || (*value == '0' && digits > 1))
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (value[i] - '0');
	if (n > EXPECT_MAX)
		return -EINVAL;

	*expect = n;
	return 0;
}

static const char *format_expect(const void *field, char buf[static DRIVER_NAME_MAX])
{
	const int *expect = field;

	if (*expect == EXPECT_ANY)
		return "any";
	(void)snprintf(buf, DRIVER_NAME_MAX, "%d", *expect);
	return buf;
}

/* Nothing that a shell or a list would take apart; no folder. */
static int parse_run(const char *value, void *field)
{
	size_t length = strlen(value);

	if (length >= RUN_PATH_MAX || value[strspn(value, ALNUM "/._+-")] ||
	    (length && (*value != '/' || value[length - 1] == '/')))
		return -EINVAL;
	memcpy(field, value, length + 1);
	return 0;
}

static const char *format_run(const void *field, _unused_ char buf[static DRIVER_NAME_MAX])
{
	return field;
}

#define FIELD(member) \
	.offset = offsetof(struct settings, member), .size = sizeof(((struct settings *)0)->member)

static const struct row rows[] = {
	[SETTING_BOOT_VGA] = {"boot-vga", EXPECTED "refuse or allow", "refuse", "refuse",
			      .words = {"refuse", "allow"}, FIELD(boot_vga)},
	[SETTING_COMPANIONS] = {"companions", EXPECTED "slot, group or none", "slot", "slot",
				.words = {"slot", "group", "none"}, FIELD(companions)},
	[SETTING_REBIND] = {"rebind", EXPECTED "companions, no or yes", "companions", "no",
			    .words = {"companions", "no", "yes"}, FIELD(rebind)},
	[SETTING_DRIVER] = {"driver", EXPECTED "vfio-pci, auto or a driver's name", "vfio-pci",
			    "vfio-pci", .parse = parse_driver, .format = format_driver,
			    FIELD(driver)},
	[SETTING_ARM] = {"arm", EXPECTED "always or karg", "always", "karg",
			 .words = {"always", "karg"}, FIELD(arm)},
	[SETTING_EXPECT] = {"expect", EXPECTED "any or a number up to 4096", "any", "any",
			    .parse = parse_expect, .format = format_expect, FIELD(expect)},
	[SETTING_ISOLATION] = {"isolation", EXPECTED "accept or require", "accept", "require",
			       .words = {"accept", "require"}, FIELD(isolation)},
	[SETTING_RETURN] = {"return-to-service", EXPECTED "manual or auto", "manual", "manual",
			    .words = {"manual", "auto"}, FIELD(return_to_service)},
	[SETTING_RUN_BEFORE_RETURN] = {"run-before-return", EXPECTED "a program's absolute path",
				       "", "", .parse = parse_run, .format = format_run,
				       FIELD(run_before_return)},
};
_Static_assert(ARRAY_SIZE(rows) == _SETTING_COUNT, "a setting is not in the table");
_Static_assert(sizeof(enum boot_vga_policy) == sizeof(int) &&
		       sizeof(enum companions_policy) == sizeof(int) &&
		       sizeof(enum rebind_policy) == sizeof(int) &&
		       sizeof(enum arm_policy) == sizeof(int) &&
		       sizeof(enum isolation_policy) == sizeof(int) &&
		       sizeof(enum return_policy) == sizeof(int),
	       "a setting with words is stored as an int");

static int store_value(const struct row *row, const char *value, struct settings *settings)
{
	void *field = (char *)settings + row->offset;
	int *word = field;

	if (row->parse)
		return row->parse(value, field);
	for (int i = 0; i < WORDS_MAX && row->words[i]; i++) {
		if (strcmp(row->words[i], value) != 0)
			continue;
		*word = i;
		return 0;
	}
	return -EINVAL;
}

struct settings settings_default(void)
{
	struct settings settings = {0};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		(void)store_value(&rows[i], rows[i].standard, &settings); /* the table's own */
	return settings;
}

void settings_overlay(struct settings *settings, const struct settings *from, unsigned has)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (has & 1u << i)
			memcpy((char *)settings + rows[i].offset,
			       (const char *)from + rows[i].offset, rows[i].size);
}

void setting_be_careful(struct settings *settings, enum setting setting)
{
	(void)store_value(&rows[setting], rows[setting].careful, settings); /* the table's own */
}

int setting_parse(const char *name, const char *value, struct settings *settings, enum setting *ret)
{
	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!parameter_name_equal(rows[i].name, name))
			continue;
		if (ret)
			*ret = (enum setting)i;
		return store_value(&rows[i], value, settings);
	}
	return -ENOENT;
}

bool setting_is_of_claim(enum setting setting)
{
	return setting < SETTING_RETURN;
}

bool setting_is_of_files(enum setting setting)
{
	return setting == SETTING_RUN_BEFORE_RETURN;
}

const char *setting_name(enum setting setting)
{
	return rows[setting].name;
}

const char *setting_expected(enum setting setting)
{
	return setting_error(setting) + strlen(EXPECTED);
}

const char *setting_error(enum setting setting)
{
	return rows[setting].expected;
}

const char *setting_format(const struct settings *settings, enum setting setting,
			   char buf[static DRIVER_NAME_MAX])
{
	const struct row *row = &rows[setting];
	const char *field = (const char *)settings + row->offset;
	int word;

	if (row->format)
		return row->format(field, buf);
	memcpy(&word, field, sizeof(word));
	return row->words[word];
}
