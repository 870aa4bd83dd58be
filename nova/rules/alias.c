/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/rules/alias.h"

#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"
#include "nova/python/boolean.h"
#include "nova/python/python_json.h"
#include "nova/rules/release.h"
#include "nova/rules/schema.h"

/* Both return 1, so that a reader ends with it. */
static int refuse(struct alias_rules *aliases, const char *reason)
{
	return nova_error_set(&aliases->error, "PciInvalidAlias",
			      "Invalid PCI alias definition: %s", reason);
}

static int doubt(struct alias_rules *aliases, const char *why)
{
	aliases->doubt = strdup(why);
	return aliases->doubt ? 1 : -ENOMEM;
}

static int check_schema(struct alias_rules *aliases, const struct nova_rules *rules,
			const struct py_value *value)
{
	_cleanup_free_ char *error = NULL;
	int r = alias_schema_check(rules->release, value, &error);

	if (r == -EINVAL)
		return refuse(aliases, error);
	if (r == -EDOM)
		return doubt(aliases, "digits outside ASCII");
	return r;
}

static int check_live_migratable(struct alias_rules *aliases, const struct nova_rules *rules,
				 const struct py_value *dict)
{
	const struct py_value *value = py_dict_get(dict, "live_migratable");
	_cleanup_free_ char *error = NULL;
	int r;

	if (!value || !nova_accepts(rules->release, NOVA_LIVE_MIGRATABLE))
		return 0;
	r = py_boolean(value, &error);
	if (r == -EINVAL)
		return refuse(aliases, error);
	return r < 0 ? r : 0;
}

const char *alias_text(const struct alias_rule *alias, const char *key)
{
	const struct py_value *value = py_dict_get(alias->dict, key);

	return value && value->type == PY_STR ? value->text : NULL;
}

const char *alias_numa_policy(const struct alias_rule *alias)
{
	const char *policy = alias_text(alias, "numa_policy");

	return policy ? policy : "legacy";
}

/* Those of one name must agree with the first. */
static int check_same_name(struct alias_rules *aliases, const struct alias_rule *first,
			   const struct alias_rule *alias)
{
	const char *a = alias_text(first, "device_type"), *b = alias_text(alias, "device_type");
	_cleanup_free_ char *reason = NULL;

	if (strcmp(alias_numa_policy(first), alias_numa_policy(alias)) != 0) {
		(void)text_format(&reason, "NUMA policy mismatch for alias '%s'", alias->name);
	} else if (!a || !b) {
		reason = strdup("'dev_type'"); /* a KeyError's text */
	} else if (strcmp(a, b) != 0) {
		(void)text_format(&reason, "Device type mismatch for alias '%s'", alias->name);
	} else {
		return 0;
	}
	return reason ? refuse(aliases, reason) : -ENOMEM;
}

static const struct alias_rule *first_of(const struct alias_rules *aliases, const char *name)
{
	for (size_t i = 0; i < aliases->n; i++)
		if (strcmp(aliases->alias[i].name, name) == 0)
			return &aliases->alias[i];
	return NULL;
}

static int add_alias(struct alias_rules *aliases, struct py_value *dict)
{
	_cleanup_free_ char *copy = strdup(py_dict_get(dict, "name")->text);
	const struct alias_rule *first;
	struct alias_rule *more, *alias;

	more = reallocarray(aliases->alias, aliases->n + 1, sizeof(*more));
	if (more)
		aliases->alias = more;
	alias = more ? &more[aliases->n] : NULL;
	if (alias && copy)
		*alias = (struct alias_rule){aliases->error_option, strdup(py_strip(copy)), dict};
	if (!alias || !copy || !alias->name) {
		py_value_free(dict);
		return -ENOMEM;
	}
	first = first_of(aliases, alias->name);
	aliases->n++;
	return first ? check_same_name(aliases, first, alias) : 0;
}

static int parse_option(struct alias_rules *aliases, const struct nova_rules *rules,
			const char *text)
{
	_cleanup_(py_value_drop) struct py_value *value = NULL;
	_cleanup_free_ char *error = NULL;
	int r = py_json_parse(text, &value, &error);

	if (r == -EINVAL)
		return refuse(aliases, error);
	if (r == -ELOOP)
		return doubt(aliases, "JSON that is nested very deeply");
	if (r == 0)
		r = check_schema(aliases, rules, value);
	if (r == 0)
		r = check_live_migratable(aliases, rules, value);
	return r == 0 ? add_alias(aliases, TAKE_PTR(value)) : r;
}

static bool has_ids(const struct alias_rule *alias)
{
	return alias_text(alias, "vendor_id") && alias_text(alias, "product_id");
}

static bool lacks_ids(const struct nova_rules *rules, const struct alias_rule *alias)
{
	return !has_ids(alias) && !(rules->placement && alias_text(alias, "resource_class"));
}

/* The names of some aliases, each once, joined by commas; "" if there are none. */
static char *join_names(const char **name, size_t n, bool sorted)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	if (sorted && n)
		qsort(name, n, sizeof(*name), text_compare);
	for (size_t i = 0; i < n; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = strcmp(name[k], name[i]) == 0;
		if (!seen)
			text_addf(&to, "%s%s", i ? "," : "", name[i]);
	}
	return text_take_or_null(&to);
}

#define MULTIPLE                                                                                 \
	"have multiple specs but [filter_scheduler]pci_in_placement is True. The PCI in "        \
	"Placement feature only supports one spec per alias. You can assign the same "           \
	"resource_class to multiple [pci]device_spec matchers to allow using different devices " \
	"for the same alias."

static int complain(struct alias_rules *aliases, const char **name, size_t n, bool sorted,
		    const char *what)
{
	_cleanup_free_ char *names = NULL, *reason = NULL;

	if (!n)
		return 0;
	names = join_names(name, n, sorted);
	if (!names || text_format(&reason, "The PCI alias(es) %s %s", names, what) < 0)
		return -ENOMEM;
	return refuse(aliases, reason);
}

/* The first of several with its name. */
static bool is_repeated(const struct alias_rules *aliases, size_t first)
{
	const char *name = aliases->alias[first].name;

	if (first_of(aliases, name) != &aliases->alias[first])
		return false;
	for (size_t i = first + 1; i < aliases->n; i++)
		if (strcmp(aliases->alias[i].name, name) == 0)
			return true;
	return false;
}

/* What Nova checks of all of them together, since 32. */
static int check_all(struct alias_rules *aliases, const struct nova_rules *rules)
{
	_cleanup_free_ const char **name = calloc(aliases->n + 1, sizeof(char *));
	size_t n = 0;
	int r = 0;

	if (!name)
		return -ENOMEM;
	for (size_t i = 0; i < aliases->n && rules->placement; i++)
		if (is_repeated(aliases, i))
			name[n++] = aliases->alias[i].name;
	r = complain(aliases, name, n, false, MULTIPLE);
	n = 0;
	for (size_t i = 0; i < aliases->n && r == 0; i++)
		if (lacks_ids(rules, &aliases->alias[i]))
			name[n++] = aliases->alias[i].name;
	if (r == 0)
		r = complain(
			aliases, name, n, true,
			rules->placement
				? "does not have vendor_id and product_id fields set or resource_class field set."
				: "does not have vendor_id and product_id fields set.");
	return r;
}

int alias_rules_parse(const struct nova_rules *rules, const char *const *value, size_t n,
		      struct alias_rules *ret)
{
	struct alias_rules aliases = {0};
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		aliases.error_option = i;
		r = parse_option(&aliases, rules, value[i]);
	}
	if (r == 0 && nova_accepts(rules->release, NOVA_ALIAS_AT_START))
		r = check_all(&aliases, rules);
	if (r < 0) {
		alias_rules_free(&aliases);
		return r;
	}
	*ret = aliases;
	return 0;
}

void alias_rules_free(struct alias_rules *aliases)
{
	for (size_t i = 0; i < aliases->n; i++) {
		free(aliases->alias[i].name);
		py_value_free(aliases->alias[i].dict);
	}
	free(aliases->alias);
	free(aliases->doubt);
	nova_error_free(&aliases->error);
	*aliases = (struct alias_rules){0};
}
