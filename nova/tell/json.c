/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/tell/json.h"

#include <stdio.h>
#include <string.h>

/* All that adds tells whether there was memory: a spec without its product matches others, too. */
static bool add_value(struct json_object *to, const char *key, struct json_object *value)
{
	if (value && json_object_object_add(to, key, value) == 0)
		return true;
	(void)json_object_put(value);
	return false;
}

static bool add(struct json_object *to, const char *key, const char *text)
{
	return add_value(to, key, json_object_new_string(text));
}

static bool add_id(struct json_object *to, struct pci_id id)
{
	char vendor[5], device[5];

	(void)snprintf(vendor, sizeof(vendor), "%04x", id.vendor);
	(void)snprintf(device, sizeof(device), "%04x", id.device);
	return add(to, "vendor_id", vendor) && add(to, "product_id", device);
}

static bool add_tags(struct json_object *to, const char *tags)
{
	char key[NOVA_LIST_MAX], value[NOVA_LIST_MAX];
	bool good = true;

	for (const char *at = tags; good && sscanf(at, "%128[^=]=%128[^,]", key, value) == 2;) {
		good = add(to, key, value);
		at += strcspn(at, ",");
		at += *at == ',';
	}
	return good;
}

static struct json_object *whole(struct json_object *object, bool good)
{
	if (good)
		return object;
	(void)json_object_put(object);
	return NULL;
}

struct json_object *nova_json_spec(const struct nova_plan *plan, size_t i)
{
	const struct nova_options *options = &plan->options;
	bool placement = options->placement && nova_accepts(options->release, NOVA_SPEC_PLACEMENT);
	struct json_object *to = json_object_new_object();
	char address[PCI_ADDRESS_MAX], resource_class[NOVA_RESOURCE_CLASS_MAX];
	bool good = to && add_id(to, plan->spec[i].id);

	good = good && add(to, "address", pci_address_format(&plan->spec[i].address, address));
	if (nova_accepts(options->release, NOVA_MANAGED))
		good = good && add(to, "managed", "no");
	if (placement)
		good = good && add(to, "resource_class",
				   nova_resource_class(plan->spec[i].id, resource_class));
	if (placement && *options->traits)
		good = good && add(to, "traits", options->traits);
	return whole(to, good && add_tags(to, options->tags));
}

struct json_object *nova_json_alias(const struct nova_plan *plan, size_t i)
{
	const struct nova_alias *alias = &plan->alias[i];
	const struct nova_options *options = &plan->options;
	bool placement = options->placement && nova_accepts(options->release, NOVA_ALIAS_PLACEMENT);
	struct json_object *to = json_object_new_object();
	char resource_class[NOVA_RESOURCE_CLASS_MAX];
	bool good =
		to && add(to, "name", alias->name) && add_id(to, alias->id) &&
		add(to, "device_type", nova_alias_type(alias)) &&
		add(to, "numa_policy", *options->numa_policy ? options->numa_policy : "preferred");

	if (placement)
		good = good &&
		       add(to, "resource_class", nova_resource_class(alias->id, resource_class));
	if (placement && *options->traits)
		good = good && add(to, "traits", options->traits);
	return whole(to, good);
}

static struct json_object *array_of(const struct nova_plan *plan, size_t n,
				    struct json_object *(*one)(const struct nova_plan *, size_t))
{
	struct json_object *array = json_object_new_array();
	bool good = array;

	for (size_t i = 0; good && i < n; i++) {
		struct json_object *value = one(plan, i);

		good = value && json_object_array_add(array, value) == 0;
		if (!good)
			(void)json_object_put(value);
	}
	return whole(array, good);
}

struct json_object *nova_json_specs(const struct nova_plan *plan)
{
	return array_of(plan, plan->n_specs, nova_json_spec);
}

struct json_object *nova_json_aliases(const struct nova_plan *plan)
{
	return array_of(plan, plan->n_aliases, nova_json_alias);
}

struct json_object *nova_json_schedulable(const struct nova_plan *plan)
{
	struct json_object *to = json_object_new_object();
	bool good = to;

	for (size_t i = 0; good && i < plan->n_aliases; i++)
		good = add_value(to, plan->alias[i].name,
				 json_object_new_int64(plan->alias[i].schedulable));
	return whole(to, good);
}

static size_t length_of_string(const char *text)
{
	size_t n = strlen("\"\"");

	for (; *text; text++) {
		bool named = strchr("\"\\\b\f\n\r\t", *text);

		n += named ? strlen("\\n") : (unsigned char)*text < ' ' ? strlen("\\u0000") : 1;
	}
	return n;
}

static size_t length_of(struct json_object *value);

static size_t length_of_members(struct json_object *object)
{
	size_t n = 0;

	json_object_object_foreach(object, key, member)
	{
		n += (n ? strlen(",") : 0) + length_of_string(key) + strlen(":") +
		     length_of(member);
	}
	return n;
}

static size_t length_of_elements(struct json_object *array)
{
	size_t n = 0;

	for (size_t i = 0; i < (size_t)json_object_array_length(array); i++)
		n += (i ? strlen(",") : 0) + length_of(json_object_array_get_idx(array, i));
	return n;
}

/* How long the text of a value has to be. */
static size_t length_of(struct json_object *value)
{
	const char *text;

	switch (json_object_get_type(value)) {
	case json_type_object:
		return strlen("{}") + length_of_members(value);
	case json_type_array:
		return strlen("[]") + length_of_elements(value);
	case json_type_string:
		return length_of_string(json_object_get_string(value));
	default: /* null, true, a number: json-c always has room for them */
		text = json_object_to_json_string(value);
		return text ? strlen(text) : 0;
	}
}

const char *nova_json_text(struct json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	/* Without memory json-c leaves parts out, and does not say so; its parser, which could read
	 * the text back, does not live through that. */
	return text && strlen(text) == length_of(object) ? text : NULL;
}
