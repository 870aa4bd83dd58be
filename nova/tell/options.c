/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/options.h"

#include <stdio.h>
#include <string.h>

#include "nova/python/boolean.h"
#include "nova/rules/provider.h"

#define SMALL	"abcdefghijklmnopqrstuvwxyz"
#define LETTERS SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

bool nova_alias_is_valid(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n < NOVA_ALIAS_MAX && !name[n];
}

bool nova_numa_policy_is_valid(const char *policy)
{
	return TEXT_IS_ANY(policy, "legacy", "preferred", "required", "socket");
}

/* The length of the next element, or 0 where there is none of these characters. */
static size_t take(const char **at, const char *characters)
{
	size_t n = strspn(*at, characters);

	*at += n;
	return n;
}

/* After an element: the end, or a comma and another one. */
static bool take_comma(const char **at)
{
	if (**at != ',')
		return false;
	++*at;
	return true;
}

bool nova_traits_are_valid(const char *traits)
{
	const char *at = traits;

	if (!*traits)
		return true;
	if (strlen(traits) >= NOVA_LIST_MAX)
		return false;
	do {
		if (!take(&at, LETTERS DIGITS "_"))
			return false;
	} while (take_comma(&at));
	return !*at;
}

/* Those that other options make, and those of Neutron's devices. */
static bool is_key_of_ours(const char *key, size_t n)
{
	static const char *const keys[] = {
		"vendor_id",	  "product_id", "address",	    "devname",	      "managed",
		"resource_class", "traits",	"physical_network", "remote_managed", "trusted",
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strlen(keys[i]) == n && strncmp(key, keys[i], n) == 0)
			return true;
	return false;
}

bool nova_tags_are_valid(const char *tags)
{
	const char *at = tags;

	if (!*tags)
		return true;
	if (strlen(tags) >= NOVA_LIST_MAX)
		return false;
	do {
		const char *key = at;
		size_t n = take(&at, SMALL "_");

		if (!n || is_key_of_ours(key, n) || *at != '=')
			return false;
		at++;
		if (!take(&at, LETTERS DIGITS "._-"))
			return false;
	} while (take_comma(&at));
	return !*at;
}

/* The value of a tag, "" if it isn't asked for. */
static void find_tag(const char *tags, const char *key, char value[static NOVA_LIST_MAX])
{
	size_t n = strlen(key);

	*value = '\0';
	for (const char *at = tags; *at; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, key, n) == 0 && at[n] == '=')
			(void)snprintf(value, NOVA_LIST_MAX, "%.*s", (int)strcspn(at + n + 1, ","),
				       at + n + 1);
}

const char *nova_options_refusal(const struct nova_options *options)
{
	char value[NOVA_LIST_MAX];

	if (options->placement && !nova_accepts(options->release, NOVA_REPORT_IN_PLACEMENT))
		return "--placement: Nova reports PCI devices to Placement from Zed on, and this is an older one";
	if (strcmp(options->numa_policy, "socket") == 0 &&
	    !nova_accepts(options->release, NOVA_NUMA_SOCKET))
		return "--numa-policy: Nova knows \"socket\" from Wallaby on, and this is an older one";
	find_tag(options->tags, "live_migratable", value);
	if (*value && nova_accepts(options->release, NOVA_LIVE_MIGRATABLE) &&
	    boolean_word(value) < 0)
		return "--tags: live_migratable is yes or no";
	find_tag(options->tags, "one_time_use", value);
	if (!*value || !nova_accepts(options->release, NOVA_ONE_TIME_USE))
		return NULL;
	if (boolean_word(value) < 0)
		return "--tags: one_time_use is yes or no";
	return options->placement || !boolean_word(value)
		       ? NULL
		       : "--tags: nova-compute does not start with one_time_use unless it reports to Placement (--placement)";
}

static bool is_tagged(const struct nova_options *options, const char *key)
{
	char value[NOVA_LIST_MAX];

	find_tag(options->tags, key, value);
	return boolean_word(value) > 0;
}

static int add_asked(const struct nova_options *options, struct text_list *list)
{
	_cleanup_free_ char *copy = strdup(options->traits);
	char *rest = copy;
	int r = copy ? 0 : -ENOMEM;

	for (char *one; rest && *rest && r == 0 && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		r = trait ? provider_add_trait(list, trait) : -ENOMEM;
	}
	return r;
}

int nova_options_traits(const struct nova_options *options, struct text_list *list)
{
	int r = add_asked(options, list);

	if (r == 0)
		r = provider_add_trait(list, "COMPUTE_MANAGED_PCI_DEVICE");
	if (r == 0)
		r = provider_add_owner(options->release, list);
	if (r == 0 && nova_accepts(options->release, NOVA_OWNER_TRAIT) &&
	    is_tagged(options, "live_migratable"))
		r = provider_add_trait(list, "HW_PCI_LIVE_MIGRATABLE");
	if (r == 0 && nova_accepts(options->release, NOVA_ONE_TIME_USE) &&
	    is_tagged(options, "one_time_use"))
		r = provider_add_trait(list, "HW_PCI_ONE_TIME_USE");
	text_list_sort(list);
	return r;
}
