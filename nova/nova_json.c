// SPDX-License-Identifier: GPL-2.0-or-later
#include "nova_json.h"

#include <stdio.h>
#include <string.h>

static void add(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static void add_id(struct json_object *to, struct pci_id id)
{
	char text[5];

	(void)snprintf(text, sizeof(text), "%04x", id.vendor);
	add(to, "vendor_id", text);
	(void)snprintf(text, sizeof(text), "%04x", id.device);
	add(to, "product_id", text);
}

static void add_tags(struct json_object *to, const char *tags)
{
	char key[NOVA_LIST_MAX], value[NOVA_LIST_MAX];

	for (const char *at = tags; sscanf(at, "%128[^=]=%128[^,]", key, value) == 2;) {
		add(to, key, value);
		at += strcspn(at, ",");
		at += *at == ',';
	}
}

struct json_object *nova_json_spec(const struct nova_plan *plan, size_t i)
{
	const struct nova_options *options = &plan->options;
	struct json_object *to = json_object_new_object();
	char address[PCI_ADDRESS_MAX], class[NOVA_RESOURCE_CLASS_MAX];

	if (!to)
		return NULL;
	add_id(to, plan->spec[i].id);
	add(to, "address", pci_address_format(&plan->spec[i].address, address));
	if (nova_accepts(options->release, NOVA_MANAGED))
		add(to, "managed", "no");
	if (options->placement && nova_accepts(options->release, NOVA_SPEC_PLACEMENT))
		add(to, "resource_class", nova_resource_class(plan->spec[i].id, class));
	if (options->placement && *options->traits &&
	    nova_accepts(options->release, NOVA_SPEC_PLACEMENT))
		add(to, "traits", options->traits);
	add_tags(to, options->tags);
	return to;
}

struct json_object *nova_json_alias(const struct nova_plan *plan, size_t i)
{
	const struct nova_alias *alias = &plan->alias[i];
	const struct nova_options *options = &plan->options;
	struct json_object *to = json_object_new_object();
	char class[NOVA_RESOURCE_CLASS_MAX];

	if (!to)
		return NULL;
	add(to, "name", alias->name);
	add_id(to, alias->id);
	add(to, "device_type", nova_alias_type(alias));
	add(to, "numa_policy", *options->numa_policy ? options->numa_policy : "preferred");
	if (options->placement && nova_accepts(options->release, NOVA_ALIAS_PLACEMENT))
		add(to, "resource_class", nova_resource_class(alias->id, class));
	if (options->placement && *options->traits &&
	    nova_accepts(options->release, NOVA_ALIAS_PLACEMENT))
		add(to, "traits", options->traits);
	return to;
}

static struct json_object *array_of(const struct nova_plan *plan, size_t n,
				    struct json_object *(*one)(const struct nova_plan *, size_t))
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < n; i++)
		json_object_array_add(array, one(plan, i));
	return array;
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

	for (size_t i = 0; to && i < plan->n_aliases; i++)
		json_object_object_add(to, plan->alias[i].name,
				       json_object_new_int64(plan->alias[i].schedulable));
	return to;
}

const char *nova_json_text(struct json_object *object)
{
	return json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							      JSON_C_TO_STRING_NOSLASHESCAPE);
}
