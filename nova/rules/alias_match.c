/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/alias_match.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nova/python/boolean.h"
#include "nova/rules/provider.h"
#include "nova/rules/release.h"

#define PHYSICAL "type-PF"

static bool id_matches(const char *wanted, uint16_t id)
{
	char text[5];

	snprintf(text, sizeof(text), "%04x", id);
	return !wanted || strcasecmp(wanted, text) == 0;
}

bool alias_is_repeated(const struct alias_rules *all, const struct alias_rule *alias)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += strcmp(all->alias[i].name, alias->name) == 0;
	return n > 1;
}

bool alias_ids_match(const struct alias_rule *alias, const struct nova_device *device)
{
	return id_matches(alias_text(alias, "vendor_id"), device->id.vendor) &&
	       id_matches(alias_text(alias, "product_id"), device->id.device);
}

/* A word of the alias that is compared with the tag of the same name. */
static bool tag_matches(const struct alias_rule *alias, const struct devspec *spec, const char *key)
{
	const char *wanted = alias_text(alias, key);
	const struct py_value *tag = devspec_tag(spec, key);

	return !wanted || (tag && tag->type == PY_STR && strcasecmp(wanted, tag->text) == 0);
}

static bool live_migratable_matches(const struct nova_rules *rules, const struct alias_rule *alias,
				    const struct devspec *spec)
{
	const struct py_value *wanted = py_dict_get(alias->dict, "live_migratable");
	const struct py_value *tag = devspec_tag(spec, "live_migratable");

	if (!wanted || !nova_accepts(rules->release, NOVA_LIVE_MIGRATABLE))
		return true;
	return tag && py_boolean(wanted, NULL) == spec->live_migratable;
}

const char *devspec_type(const struct devspec *spec, const struct nova_device *device)
{
	const struct py_value *tag = py_dict_get(spec->dict, "dev_type");

	if (!tag)
		return nova_type_name(device->type);
	return tag->type == PY_STR ? tag->text : "";
}

bool alias_type_matches(const struct alias_rule *alias, const struct devspec *spec,
			const struct nova_device *device)
{
	const char *type = alias_text(alias, "device_type"), *is = devspec_type(spec, device);

	if (!type)
		return strcmp(is, PHYSICAL) != 0;
	return strcasecmp(type, is) == 0 &&
	       (strcmp(is, PHYSICAL) != 0 || strcmp(type, PHYSICAL) == 0);
}

/* The resource class that a server's request for the alias names. */
static char *class_of(const struct alias_rule *alias)
{
	const char *resource_class = alias_text(alias, "resource_class");
	const char *vendor = alias_text(alias, "vendor_id");
	const char *product = alias_text(alias, "product_id");
	char *name;

	if (resource_class && *resource_class)
		return provider_class(resource_class);
	if (asprintf(&name, "PCI_%s_%s", vendor ? vendor : "", product ? product : "") < 0)
		return NULL;
	resource_class = provider_class(name);
	free(name);
	return (char *)(uintptr_t)resource_class;
}

static char *class_of_device(const struct devspec *spec, const struct nova_device *device)
{
	const struct py_value *tag = devspec_tag(spec, "resource_class");
	char name[16];

	if (tag && tag->type == PY_STR && *tag->text)
		return provider_class(tag->text);
	snprintf(name, sizeof(name), "PCI_%04X_%04X", device->id.vendor, device->id.device);
	return provider_class(name);
}

/* Is a trait, as Placement has it, in a list? 1, 0 or -ENOMEM */
static int has_trait(const char *list, const char *wanted)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;
	int r = copy ? 0 : -ENOMEM;

	for (char *one; r == 0 && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		r = trait ? strcmp(trait, wanted) == 0 : -ENOMEM;
	}
	return r;
}

/* Is each trait of the one list in the other? 1, 0 or -ENOMEM; each list may be NULL */
static int has_traits(const char *list, const char *wanted)
{
	_cleanup_free_ char *copy = strdup(wanted && *wanted ? wanted : "");
	char *rest = copy && *copy ? copy : NULL;
	int r = copy ? 1 : -ENOMEM;

	for (char *one; r > 0 && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		if (trait)
			r = list ? has_trait(list, trait) : 0;
		else
			r = -ENOMEM;
	}
	return r;
}

static int placement_matches(const struct alias_rule *alias, const struct devspec *spec,
			     const struct nova_device *device)
{
	_cleanup_free_ char *wanted = class_of(alias), *there = class_of_device(spec, device);
	const struct py_value *traits = devspec_tag(spec, "traits");

	if (!wanted || !there)
		return -ENOMEM;
	if (strcmp(wanted, there) != 0)
		return 0;
	return has_traits(traits && traits->type == PY_STR ? traits->text : NULL,
			  alias_text(alias, "traits"));
}

int alias_matches(const struct nova_rules *rules, const struct alias_rule *alias,
		  const struct devspec *spec, const struct nova_device *device)
{
	if (!alias_ids_match(alias, device) || !alias_type_matches(alias, spec, device) ||
	    !tag_matches(alias, spec, "capability_type") || spec->remote_managed ||
	    !live_migratable_matches(rules, alias, spec))
		return 0;
	if (!rules->placement || !nova_accepts(rules->release, NOVA_PCI_IN_PLACEMENT))
		return 1;
	return placement_matches(alias, spec, device);
}

static bool same_word(const struct alias_rule *a, const struct alias_rule *b, const char *key)
{
	const char *one = alias_text(a, key), *other = alias_text(b, key);

	return one && other ? strcasecmp(one, other) == 0 : one == other;
}

static int same_class(const struct alias_rule *a, const struct alias_rule *b)
{
	_cleanup_free_ char *one = class_of(a), *other = class_of(b);

	return one && other ? strcmp(one, other) == 0 : -ENOMEM;
}

static bool same_migration(const struct alias_rule *a, const struct alias_rule *b)
{
	const struct py_value *one = py_dict_get(a->dict, "live_migratable");
	const struct py_value *other = py_dict_get(b->dict, "live_migratable");

	return one && other ? py_boolean(one, NULL) == py_boolean(other, NULL) : one == other;
}

int alias_is_same(const struct alias_rule *a, const struct alias_rule *b)
{
	const char *traits_a = alias_text(a, "traits"), *traits_b = alias_text(b, "traits");
	int r;

	if (strcmp(a->name, b->name) != 0 || !same_word(a, b, "vendor_id") ||
	    !same_word(a, b, "product_id") || !same_word(a, b, "device_type") ||
	    strcmp(alias_numa_policy(a), alias_numa_policy(b)) != 0 || !same_migration(a, b))
		return 0;
	r = same_class(a, b);
	if (r > 0)
		r = has_traits(traits_a, traits_b);
	return r > 0 ? has_traits(traits_b, traits_a) : r;
}
