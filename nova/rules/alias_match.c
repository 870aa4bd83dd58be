/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/alias_match.h"

#include <stdio.h>
#include <string.h>

#include "nova/python/boolean.h"
#include "nova/rules/provider.h"
#include "nova/rules/release.h"

static bool id_matches(const char *wanted, uint16_t id)
{
	char text[5];

	snprintf(text, sizeof(text), "%04x", id);
	return !wanted || strcasecmp(wanted, text) == 0;
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

static bool type_matches(const struct alias_rule *alias, const struct nova_device *device)
{
	const char *type = alias_text(alias, "device_type");

	if (!type)
		return device->type != NOVA_TYPE_PF;
	return strcmp(type, nova_type_name(device->type)) == 0;
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

static bool has_trait(const char *list, const char *wanted)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy;
	bool found = false;

	for (char *one; rest && !found && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		found = trait && strcmp(trait, wanted) == 0;
	}
	return found;
}

static bool traits_match(const struct alias_rule *alias, const struct devspec *spec)
{
	const char *wanted = alias_text(alias, "traits");
	const struct py_value *tag = devspec_tag(spec, "traits");
	_cleanup_free_ char *copy = wanted && *wanted ? strdup(wanted) : NULL;
	char *rest = copy;
	bool all = copy || !wanted || !*wanted;

	for (char *one; rest && all && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		all = trait && tag && tag->type == PY_STR && has_trait(tag->text, trait);
	}
	return all;
}

static bool placement_matches(const struct alias_rule *alias, const struct devspec *spec,
			      const struct nova_device *device)
{
	_cleanup_free_ char *wanted = class_of(alias), *there = class_of_device(spec, device);

	return wanted && there && strcmp(wanted, there) == 0 && traits_match(alias, spec);
}

bool alias_matches(const struct nova_rules *rules, const struct alias_rule *alias,
		   const struct devspec *spec, const struct nova_device *device)
{
	if (!alias_ids_match(alias, device) || !type_matches(alias, device) ||
	    !tag_matches(alias, spec, "capability_type") || spec->remote_managed ||
	    !live_migratable_matches(rules, alias, spec))
		return false;
	return !rules->placement || !nova_accepts(rules->release, NOVA_PCI_IN_PLACEMENT) ||
	       placement_matches(alias, spec, device);
}

static bool same_word(const struct alias_rule *a, const struct alias_rule *b, const char *key)
{
	const char *one = alias_text(a, key), *other = alias_text(b, key);

	return one && other ? strcasecmp(one, other) == 0 : one == other;
}

static bool same_class(const struct alias_rule *a, const struct alias_rule *b)
{
	_cleanup_free_ char *one = class_of(a), *other = class_of(b);

	return one && other && strcmp(one, other) == 0;
}

/* Is each trait of the one asked for by the other, too? */
static bool has_traits(const struct alias_rule *alias, const char *list)
{
	const char *has = alias_text(alias, "traits");
	_cleanup_free_ char *copy = list && *list ? strdup(list) : NULL;
	char *rest = copy;
	bool all = copy || !list || !*list;

	for (char *one; rest && all && (one = strsep(&rest, ","));) {
		_cleanup_free_ char *trait = provider_trait(one);

		all = trait && has && has_trait(has, trait);
	}
	return all;
}

static bool same_migration(const struct alias_rule *a, const struct alias_rule *b)
{
	const struct py_value *one = py_dict_get(a->dict, "live_migratable");
	const struct py_value *other = py_dict_get(b->dict, "live_migratable");

	return one && other ? py_boolean(one, NULL) == py_boolean(other, NULL) : one == other;
}

bool alias_is_same(const struct alias_rule *a, const struct alias_rule *b)
{
	return strcmp(a->name, b->name) == 0 && same_word(a, b, "vendor_id") &&
	       same_word(a, b, "product_id") && same_word(a, b, "device_type") &&
	       strcmp(alias_numa_policy(a), alias_numa_policy(b)) == 0 && same_class(a, b) &&
	       has_traits(a, alias_text(b, "traits")) && has_traits(b, alias_text(a, "traits")) &&
	       same_migration(a, b);
}
