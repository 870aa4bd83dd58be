/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/api.h"

#include <string.h>

#include "nova/rules/alias_match.h"

/**
 * struct known - what nova-api has
 * @told:	it can be told
 */
struct known {
	struct oslo_values values;
	struct alias_rules rules;
	bool told;
};

static int read_known(const struct verify_facts *facts, const struct nova_judgement *j,
		      struct known *known)
{
	_cleanup_free_ const char **text = NULL;
	int r = oslo_config_multi(&facts->api->config, effective_option(NOVA_OPTION_ALIAS),
				  &known->values);

	if (r < 0 || oslo_values_error(&known->values) < known->values.n)
		return r;
	text = calloc(known->values.n + 1, sizeof(*text));
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < known->values.n; i++)
		text[i] = known->values.value[i].text;
	r = alias_rules_parse(&j->rules, text, known->values.n, &known->rules);
	known->told = r == 0 && !known->rules.doubt;
	return r;
}

/* One of that name: the one that stands for the same, then 1 is returned, else another. */
static int find_known(const struct known *known, const struct alias_rule *alias,
		      const struct alias_rule **ret)
{
	int r = 0;

	*ret = NULL;
	for (size_t i = 0; i < known->rules.n && r == 0; i++) {
		const struct alias_rule *other = &known->rules.alias[i];

		if (strcmp(other->name, alias->name) != 0)
			continue;
		r = alias_is_same(other, alias);
		*ret = other;
	}
	return r;
}

static int judge_alias(struct nova_judgement *j, const struct known *known,
		       const struct alias_rule *alias)
{
	char place[OSLO_PLACE_MAX], theirs[OSLO_PLACE_MAX];
	const struct alias_rule *found;
	int r = find_known(known, alias, &found);

	if (r != 0)
		return r < 0 ? r : 0;
	(void)oslo_value_place(&j->alias_values.value[alias->option], place);
	if (!found)
		return findings_add(
			&j->findings, STATE_WARN, API_ID, "write it where nova-api reads it, too",
			"%s: alias %s is in no file that nova-api on this node reads: no server can be made with a flavor that asks for it",
			place, alias->name);
	return findings_add(&j->findings, STATE_WARN, API_ID, "write the same in both",
			    "%s: alias %s differs from nova-api's on this node: %s has %s", place,
			    alias->name,
			    oslo_value_place(&known->values.value[found->option], theirs),
			    known->values.value[found->option].text);
}

static int judge_error(struct nova_judgement *j, const struct known *known)
{
	char place[OSLO_PLACE_MAX];

	return findings_add(
		&j->findings, STATE_WARN, API_ID, "correct it: servers can't be made with it",
		"%s: nova-api on this node refuses it: %s: %s",
		oslo_value_place(&known->values.value[known->rules.error_option], place),
		known->rules.error.type, known->rules.error.text);
}

int nova_judge_api(const struct verify_facts *facts, struct nova_judgement *j)
{
	struct known known = {0};
	int r;

	if (!facts->api || j->aliases.error.type || j->aliases.doubt)
		return 0;
	if (facts->api->error.type)
		return findings_add(
			&j->findings, STATE_WARN, API_ID, "mend what is named",
			"it is not known whether nova-api on this node knows these aliases: %s",
			facts->api->error.text);
	r = read_known(facts, j, &known);
	if (r == 0 && known.told && known.rules.error.type)
		r = judge_error(j, &known);
	else
		for (size_t i = 0; known.told && i < j->aliases.n && r == 0; i++)
			r = judge_alias(j, &known, &j->aliases.alias[i]);
	alias_rules_free(&known.rules);
	oslo_values_free(&known.values);
	return r;
}
