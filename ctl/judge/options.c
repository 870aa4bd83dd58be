/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/options.h"

#include <string.h>

#include "helper/base/text.h"
#include "nova/python/mend.h"
#include "nova/rules/devspec_parse.h"
#include "nova/rules/release.h"

/* How a remedy begins where nothing better is known. */
#define CORRECT_IT  "correct it"
#define NOT_STARTED CORRECT_IT ": nova-compute does not start"

/* The texts alone, for the parsers. */
static const char **texts_of(const struct oslo_values *values)
{
	const char **text = calloc(values->n + 1, sizeof(*text));

	for (size_t i = 0; text && i < values->n; i++)
		text[i] = values->value[i].text;
	return text;
}

static int add_doubts(struct nova_judgement *j, const struct oslo_values *values, const char *id)
{
	char place[OSLO_PLACE_MAX];
	int r = 0;

	for (size_t i = 0; i < values->n && r == 0; i++)
		if (values->value[i].doubt)
			r = findings_add(
				&j->findings, STATE_WARN, id,
				"write out what it stands for, or \"$$\" for a dollar sign",
				"%s: refers to $%s: nova-compute does not start unless Nova has an option of that name",
				oslo_value_place(&values->value[i], place), values->value[i].doubt);
	return r;
}

/* What to write instead, where that can be told; the end of @plain, what follows from the error. */
static const char *better_remedy(const struct oslo_value *value, const struct nova_error *error,
				 const char *plain, char buf[static REMEDY_MAX])
{
	char room[MEND_MAX];
	const char *mend = mend_value(value->text, error->text, room);

	if (value->error.type)
		return "write out what it refers to";
	if (!mend || strncmp(plain, CORRECT_IT, strlen(CORRECT_IT)) != 0)
		return plain;
	(void)snprintf(buf, REMEDY_MAX, "%s%s", mend, plain + strlen(CORRECT_IT));
	return buf;
}

/* An error at one of the values, or a doubt: Nova's words after the place. */
static int add_error(struct nova_judgement *j, const struct oslo_values *values, size_t at,
		     const struct nova_error *error, const char *doubt, const char *id,
		     const char *remedy)
{
	char place[OSLO_PLACE_MAX] = "", room[REMEDY_MAX];

	if (at < values->n)
		(void)oslo_value_place(&values->value[at], place);
	if (doubt)
		return findings_add(
			&j->findings, STATE_WARN, id,
			"write it in a plainer way, or see in Nova's log whether it accepts it",
			"%s: holds %s: it is not known whether Nova accepts it, and what follows was not judged",
			place, doubt);
	if (at < values->n)
		remedy = better_remedy(&values->value[at], error, remedy, room);
	return findings_add(&j->findings, STATE_FAIL, id, remedy, "%s%s%s: %s", place,
			    *place ? ": " : "", error->type, error->text);
}

/*
 * The texts of an option that can all be read: *ret_text, to be freed. Else, 1, with the first
 * that can't as @error, and its index in *ret_at.
 */
static int take_texts(const struct oslo_values *values, struct nova_error *error, size_t *ret_at,
		      const char ***ret_text)
{
	size_t at = oslo_values_error(values);

	if (at < values->n) {
		*ret_at = at;
		return nova_error_set(error, values->value[at].error.type, "%s can't be read: %s",
				      values->value[at].entry->key, values->value[at].error.text);
	}
	*ret_text = texts_of(values);
	return *ret_text ? 0 : -ENOMEM;
}

/* The same, of what stops nova-compute. */
static int add_stop(struct nova_judgement *j, const struct oslo_values *values, size_t at,
		    const struct nova_error *error, const char *doubt, const char *id)
{
	int r = add_error(j, values, at, error, doubt, id, NOT_STARTED);

	if (r == 0 && !doubt && !nova_error_is_ours(error))
		nova_judgement_set_stop(j);
	return r;
}

/* Which of the option's names are used, and does this release know them? */
static int judge_names(const struct verify_facts *facts, struct nova_judgement *j)
{
	bool known = nova_accepts(facts->release, NOVA_DEVICE_SPEC);
	char place[OSLO_PLACE_MAX];
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	int r = oslo_config_multi(&facts->effective->config,
				  effective_option(NOVA_OPTION_DEVICE_SPEC), &values);

	for (size_t i = 0; i < values.n && r == 0; i++) {
		const char *key = values.value[i].entry->key;
		bool today = strcmp(key, "device_spec") == 0;

		if (today && !known)
			r = findings_add(&j->findings, STATE_FAIL, "nova-device-spec",
					 "call it passthrough_whitelist",
					 "%s: %s is not read before Zed, and Nova does not say so",
					 oslo_value_place(&values.value[i], place), key);
		else if (!today && known)
			r = findings_add(&j->findings, STATE_WARN, "nova-device-spec",
					 "call it [pci] device_spec",
					 "%s: %s is an old name; it adds to device_spec",
					 oslo_value_place(&values.value[i], place), key);
	}
	return r;
}

static bool is_known_tag(const char *key)
{
	return TEXT_IS_ANY(key, "vendor_id", "product_id", "address", "devname", "physical_network",
			   "trusted", "remote_managed", "resource_class", "traits", "managed",
			   "live_migratable", "one_time_use");
}

/* Keys of an alias, and what people take for one of a device_spec. */
static const char *remedy_of_tag(const char *key)
{
	if (strcmp(key, "device_id") == 0)
		return "write product_id";
	if (TEXT_IS_ANY(key, "name", "device_type", "numa_policy", "capability_type"))
		return "take it out: it belongs to an alias";
	return "check its spelling: Nova accepts any key";
}

/* Source: _create_pool_keys_from_dev() in nova/pci/stats.py: two tags replace a fact. */
static int judge_tag(struct nova_judgement *j, const struct devspec *spec, const char *key)
{
	char place[OSLO_PLACE_MAX];

	(void)oslo_value_place(&j->spec_values.value[spec->option], place);
	if (TEXT_IS_ANY(key, "dev_type", "numa_node"))
		return findings_add(
			&j->findings, STATE_WARN, "nova-device-spec",
			"take it out: device_type and numa_policy are for the alias to say",
			"%s: \"%s\" replaces what libvirt says of the device: aliases and NUMA policies are held against it",
			place, key);
	return findings_add(&j->findings, STATE_WARN, "nova-device-spec", remedy_of_tag(key),
			    "%s: \"%s\" means nothing to Nova", place, key);
}

/* Python takes the last value, and says nothing of the others. */
static int judge_twice(struct nova_judgement *j, const struct py_value *dict,
		       const struct oslo_value *value, const char *id)
{
	char place[OSLO_PLACE_MAX];

	if (!dict->twice)
		return 0;
	return findings_add(&j->findings, STATE_WARN, id, "write an object of its own for each",
			    "%s: \"%s\" stands twice in one object: only the last counts",
			    oslo_value_place(value, place), dict->twice);
}

static int judge_tags(struct nova_judgement *j)
{
	int r = 0;

	for (size_t i = 0; i < j->specs.n && r == 0; i++) {
		const struct devspec *spec = &j->specs.spec[i];

		r = judge_twice(j, spec->dict, &j->spec_values.value[spec->option],
				"nova-device-spec");
		for (size_t k = 0; k < spec->dict->n && r == 0; k++)
			if (!is_known_tag(spec->dict->key[k]))
				r = judge_tag(j, spec, spec->dict->key[k]);
	}
	return r;
}

static int judge_specs(const struct verify_facts *facts, struct nova_judgement *j)
{
	enum nova_option option = nova_accepts(facts->release, NOVA_DEVICE_SPEC)
					  ? NOVA_OPTION_DEVICE_SPEC
					  : NOVA_OPTION_OLD_DEVICE_SPEC;
	_cleanup_free_ const char **text = NULL;
	int r = oslo_config_multi(&facts->effective->config, effective_option(option),
				  &j->spec_values);

	if (r < 0)
		return r;
	r = take_texts(&j->spec_values, &j->specs.error, &j->specs.error_option, &text);
	if (r == 0)
		r = devspecs_parse(&j->rules, text, j->spec_values.n, &j->specs);
	if (r >= 0)
		r = add_doubts(j, &j->spec_values, "nova-device-spec");
	if (r == 0 && (j->specs.error.type || j->specs.doubt))
		return add_stop(j, &j->spec_values, j->specs.error_option, &j->specs.error,
				j->specs.doubt, "nova-device-spec");
	if (r == 0)
		r = judge_tags(j);
	if (r == 0)
		r = findings_add(&j->findings, STATE_PASS, "nova-device-spec", NULL,
				 "Nova accepts each device_spec (%zu)", j->specs.n);
	return r;
}

static int judge_alias_options(const struct verify_facts *facts, struct nova_judgement *j)
{
	bool at_start = nova_accepts(facts->release, NOVA_ALIAS_AT_START);
	_cleanup_free_ const char **text = NULL;
	int r = oslo_config_multi(&facts->effective->config, effective_option(NOVA_OPTION_ALIAS),
				  &j->alias_values);

	if (r < 0)
		return r;
	r = take_texts(&j->alias_values, &j->aliases.error, &j->aliases.error_option, &text);
	if (r == 0)
		r = alias_rules_parse(&j->rules, text, j->alias_values.n, &j->aliases);
	if (r >= 0)
		r = add_doubts(j, &j->alias_values, "nova-alias");
	if (r == 0 && (j->aliases.error.type || j->aliases.doubt) && at_start)
		return add_stop(j, &j->alias_values, j->aliases.error_option, &j->aliases.error,
				j->aliases.doubt, "nova-alias");
	if (r == 0 && (j->aliases.error.type || j->aliases.doubt))
		return add_error(j, &j->alias_values, j->aliases.error_option, &j->aliases.error,
				 j->aliases.doubt, "nova-alias",
				 CORRECT_IT ": servers can't be made or moved with it");
	for (size_t i = 0; i < j->aliases.n && r == 0; i++)
		r = judge_twice(j, j->aliases.alias[i].dict,
				&j->alias_values.value[j->aliases.alias[i].option], "nova-alias");
	if (r == 0)
		r = findings_add(&j->findings, STATE_PASS, "nova-alias", NULL,
				 "Nova accepts each alias (%zu)", j->aliases.n);
	return r;
}

/* What stops nova-compute though each spec is good. */
static int judge_report(struct nova_judgement *j)
{
	int r;

	if (!j->rules.report || j->specs.error.type || j->specs.doubt)
		return 0;
	r = providers_make(&j->rules, &j->specs, &j->providers);
	if (r < 0)
		return r;
	if (j->providers.error.type) {
		r = add_error(j, &j->spec_values, j->providers.error_option, &j->providers.error,
			      NULL, "nova-placement",
			      strncmp(j->providers.error.type, "Placement", 9) == 0 ? NOT_STARTED
										    : CORRECT_IT
				      ": until then this node's resources are not reported");
		if (r == 0)
			nova_judgement_set_stop(j);
		return r;
	}
	return findings_add(&j->findings, STATE_PASS, "nova-placement", NULL,
			    "nova-compute reports %zu PCI resource providers", j->providers.n);
}

int nova_judge_options(const struct verify_facts *facts, struct nova_judgement *j)
{
	int r = judge_names(facts, j);

	if (r == 0)
		r = judge_specs(facts, j);
	if (r == 0)
		r = judge_alias_options(facts, j);
	if (r == 0)
		r = judge_report(j);
	return r;
}
