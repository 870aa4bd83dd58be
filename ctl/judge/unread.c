/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/unread.h"

#include <stdio.h>
#include <string.h>

#define PCI	  "pci"
#define SCHEDULER "filter_scheduler"

/* What belongs where; the first of each name is the one of today. */
static const struct oslo_name options[] = {
	{PCI, "device_spec"},
	{PCI, "alias"},
	{PCI, "report_in_placement"},
	{PCI, "passthrough_whitelist"},
	{"DEFAULT", "pci_passthrough_whitelist"},
	{"DEFAULT", "pci_alias"},
	{SCHEDULER, "pci_in_placement"},
	{SCHEDULER, "enabled_filters"},
};

static bool is_list_start(const char *value)
{
	value += strspn(value, " \t\r\n");
	return *value == '{' || *value == '[';
}

/* How many letters part two words, up to @limit. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	size_t cut, one;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return strlen(a) + strlen(b);
	if (limit == 0)
		return 1;
	cut = distance(a + 1, b, limit - 1);
	one = distance(a, b + 1, limit - 1);
	cut = one < cut ? one : cut;
	one = distance(a + 1, b + 1, limit - 1);
	return 1 + (one < cut ? one : cut);
}

/* Without the beginnings that people leave out or add. */
static const char *stem(const char *key)
{
	static const char *const beginnings[] = {"pci_", "passthrough_", "device_", "dev_"};

	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (strncmp(key, beginnings[i], strlen(beginnings[i])) == 0)
			key += strlen(beginnings[i]);
	return key;
}

static const struct oslo_name *find_like(const char *key)
{
	const struct oslo_name *best = NULL;
	size_t least = 3;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		size_t n = distance(key, options[i].key, 2);

		if (n > 1 && distance(stem(key), stem(options[i].key), 1) <= 1)
			n = 2;
		if (n < least) {
			least = n;
			best = &options[i];
		}
	}
	return best;
}

static const struct oslo_name *find_option(const struct ini_entry *entry, bool *ret_misplaced)
{
	const struct oslo_name *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].key, entry->key) != 0)
			continue;
		found = &options[i];
		if (strcmp(found->section, entry->section) == 0) {
			*ret_misplaced = false;
			return found;
		}
	}
	*ret_misplaced = found != NULL;
	return found;
}

/* In a section of another service an "alias" or a filter may be right; a list of devices isn't. */
static bool is_meant(const struct ini_entry *entry)
{
	return is_list_start(entry->value) || strstr(entry->key, "placement") ||
	       strcmp(entry->section, "DEFAULT") == 0 || strcmp(entry->section, PCI) == 0 ||
	       strcmp(entry->section, SCHEDULER) == 0;
}

static int judge_entry(struct nova_judgement *j, const struct oslo_file *file,
		       const struct ini_entry *entry)
{
	bool misplaced;
	const struct oslo_name *option = find_option(entry, &misplaced);
	char remedy[REMEDY_MAX];

	if (option && (!misplaced || !is_meant(entry)))
		return 0;
	if (!option && strcmp(entry->section, PCI) != 0 && !is_list_start(entry->value))
		return 0;
	if (!option)
		option = find_like(entry->key);
	if (!option && strcmp(entry->section, PCI) != 0)
		return 0;
	if (option)
		(void)snprintf(remedy, sizeof(remedy), "write it as [%s] %s", option->section,
			       option->key);
	else
		(void)snprintf(remedy, sizeof(remedy), "take it out");
	return findings_add(
		&j->findings, STATE_WARN, "nova-settings", remedy,
		"%s:%u: Nova has no option [%s] %s: it is not read, and Nova does not say so",
		file->path, entry->line, entry->section, entry->key);
}

int nova_judge_unread(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = 0;

	for (size_t f = 0; f < facts->effective->config.n; f++) {
		const struct oslo_file *file = &facts->effective->config.file[f];

		for (size_t i = 0; i < file->ini.n && r == 0; i++)
			r = judge_entry(j, file, &file->ini.entry[i]);
	}
	return r;
}
