/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/setting.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

#define EXPECTED   "expected "
#define EXPECT_MAX 4096
#define WORDS_MAX  3
#define ALNUM	   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* The words stand in the order of their enums; driver and expect have none. */
static const struct {
	const char *name;
	const char *expected;
	const char *words[WORDS_MAX];
} table[] = {
	[SETTING_BOOT_VGA] = {"boot-vga", EXPECTED "refuse or allow", {"refuse", "allow"}},
	[SETTING_COMPANIONS] = {"companions",
				EXPECTED "slot, group or none",
				{"slot", "group", "none"}},
	[SETTING_REBIND] = {"rebind",
			    EXPECTED "companions, no or yes",
			    {"companions", "no", "yes"}},
	[SETTING_DRIVER] = {"driver", EXPECTED "vfio-pci, auto or a driver's name", {NULL}},
	[SETTING_ARM] = {"arm", EXPECTED "always or karg", {"always", "karg"}},
	[SETTING_EXPECT] = {"expect", EXPECTED "any or a number up to 4096", {NULL}},
};
_Static_assert(ARRAY_SIZE(table) == _SETTING_COUNT, "a setting is not in the table");

struct settings settings_default(void)
{
	return (struct settings){
		.boot_vga = BOOT_VGA_REFUSE,
		.companions = COMPANIONS_SLOT,
		.rebind = REBIND_COMPANIONS,
		.driver = "vfio-pci",
		.arm = ARM_ALWAYS,
		.expect = EXPECT_ANY,
	};
}

static int find_setting(const char *name, enum setting *ret)
{
	for (unsigned i = 0; i < _SETTING_COUNT; i++)
		if (parameter_name_equal(table[i].name, name)) {
			*ret = (enum setting)i;
			return 0;
		}
	return -ENOENT;
}

static int find_word(enum setting setting, const char *value)
{
	for (int i = 0; i < WORDS_MAX && table[setting].words[i]; i++)
		if (strcmp(table[setting].words[i], value) == 0)
			return i;
	return -EINVAL;
}

static int parse_driver(const char *value, struct settings *settings)
{
	size_t length = strlen(value);

	if (length == 0 || length >= DRIVER_NAME_MAX || value[strspn(value, ALNUM "_-")])
		return -EINVAL;
	memcpy(settings->driver, value, length + 1);
	return 0;
}

static int parse_expect(const char *value, struct settings *settings)
{
	size_t digits = strspn(value, "0123456789");
	int n = 0;

	if (strcmp(value, "any") == 0) {
		settings->expect = EXPECT_ANY;
		return 0;
	}

	/* No leading zeros: some readers would take them for octal. */
	if (digits == 0 || digits > 4 || value[digits] || (*value == '0' && digits > 1))
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (value[i] - '0');
	if (n > EXPECT_MAX)
		return -EINVAL;

	settings->expect = n;
	return 0;
}

static int store_value(enum setting setting, const char *value, struct settings *settings)
{
	int word;

	if (setting == SETTING_DRIVER)
		return parse_driver(value, settings);
	if (setting == SETTING_EXPECT)
		return parse_expect(value, settings);

	word = find_word(setting, value);
	if (word < 0)
		return word;

	if (setting == SETTING_BOOT_VGA)
		settings->boot_vga = (enum boot_vga_policy)word;
	else if (setting == SETTING_COMPANIONS)
		settings->companions = (enum companions_policy)word;
	else if (setting == SETTING_REBIND)
		settings->rebind = (enum rebind_policy)word;
	else
		settings->arm = (enum arm_policy)word;
	return 0;
}

int setting_parse(const char *name, const char *value, struct settings *settings, enum setting *ret)
{
	enum setting setting;
	int r = find_setting(name, &setting);

	if (r < 0)
		return r;
	if (ret)
		*ret = setting;
	return store_value(setting, value, settings);
}

const char *setting_name(enum setting setting)
{
	return table[setting].name;
}

const char *setting_expected(enum setting setting)
{
	return setting_error(setting) + strlen(EXPECTED);
}

const char *setting_error(enum setting setting)
{
	return table[setting].expected;
}

const char *setting_format(const struct settings *settings, enum setting setting,
			   char buf[static DRIVER_NAME_MAX])
{
	int word = 0;

	switch (setting) {
	case SETTING_BOOT_VGA:
		word = (int)settings->boot_vga;
		break;
	case SETTING_COMPANIONS:
		word = (int)settings->companions;
		break;
	case SETTING_REBIND:
		word = (int)settings->rebind;
		break;
	case SETTING_ARM:
		word = (int)settings->arm;
		break;
	case SETTING_DRIVER:
		return settings->driver;
	case SETTING_EXPECT:
		if (settings->expect == EXPECT_ANY)
			return "any";
		(void)snprintf(buf, DRIVER_NAME_MAX, "%d", settings->expect);
		return buf;
	case _SETTING_COUNT:
		break;
	}
	return table[setting].words[word];
}
