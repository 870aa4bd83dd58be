/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/nova/ask_aliases.h"

#include <stdio.h>
#include <string.h>

#include "nova/rules/alias_match.h"
#include "nova/rules/release.h"
#include "nova/tell/json.h"

/* One alias of the plan, and those of its name in other files. */
struct comparison {
	const struct nova_node *node;
	struct nova_rules rules;
	const char *path, *text; /* of ours */
	const struct alias_rule *ours;
	const struct oslo_value *same, *other;
};

/* By itself: whether Nova takes all of them together is another question. */
static int compare(struct comparison *c, const struct oslo_value *value)
{
	const char *text = value->text;
	struct alias_rules theirs;
	int r;

	if (value->error.type || strcmp(&value->file->path[1], c->path) == 0)
		return 0;
	r = alias_rules_parse(&c->rules, &text, 1, &theirs);
	if (r < 0)
		return r;
	if (theirs.n && strcmp(theirs.alias[0].name, c->ours->name) == 0) {
		const struct oslo_value **to;

		r = alias_is_same(c->ours, &theirs.alias[0]);
		to = r > 0 ? &c->same : &c->other;
		if (r >= 0 && !*to)
			*to = value;
	}
	alias_rules_free(&theirs);
	return r < 0 ? r : 0;
}

/* What becomes of the two, in Nova's words where it has some. */
static int outcome_of(const struct comparison *c, char **ret)
{
	const char *texts[] = {c->text, c->other->text};
	struct alias_rules both;
	int r = alias_rules_parse(&c->rules, texts, ARRAY_SIZE(texts), &both);

	if (r < 0)
		return r;
	if (!both.error.type)
		r = asprintf(ret, "Nova would hand out a device of either");
	else
		r = asprintf(ret, "%s: %s, and %s", both.error.type, both.error.text,
			     nova_accepts(c->rules.release, NOVA_ALIAS_AT_START)
				     ? "nova-compute would not start"
				     : "no server could be made with it");
	alias_rules_free(&both);
	return r < 0 ? -ENOMEM : 0;
}

static int tell(const struct comparison *c, char **ret)
{
	_cleanup_free_ char *outcome = NULL;
	char place[OSLO_PLACE_MAX];
	int r = outcome_of(c, &outcome);

	if (r < 0)
		return r;
	r = asprintf(
		ret,
		"alias %s is taken: %s has %s, and /%s would have %s: %s; choose another name with --alias, or take that line out",
		c->ours->name, oslo_value_place(c->other, place), c->other->text, c->path, c->text,
		outcome);
	if (r >= 0)
		return 0;
	*ret = NULL;
	return -ENOMEM;
}

static int look(struct comparison *c, const struct oslo_values *values, struct nova_alias *alias,
		char **conflict)
{
	int r = 0;

	for (size_t i = 0; i < values->n && r == 0; i++)
		r = compare(c, &values->value[i]);
	if (r < 0 || (!c->same && !c->other))
		return r;
	if (c->other) {
		alias->omitted = true;
		return *conflict ? 0 : tell(c, conflict);
	}
	alias->elsewhere = strdup(c->same->file->path);
	return alias->elsewhere ? 0 : -ENOMEM;
}

static int look_for(const struct nova_node *node, const char *path, struct nova_plan *plan,
		    size_t i, const struct oslo_values *values, char **conflict)
{
	_cleanup_(nova_json_free) struct json_object *object = nova_json_alias(plan, i);
	struct comparison c = {
		.node = node,
		.path = path,
		.rules = {.release = plan->options.release, .host = &node->host},
		.text = object ? nova_json_text(object) : NULL,
	};
	struct alias_rules ours;
	int r;

	if (!c.text)
		return -ENOMEM;
	r = alias_rules_parse(&c.rules, &c.text, 1, &ours);
	if (r < 0)
		return r;
	c.ours = ours.alias;
	if (ours.n)
		r = look(&c, values, &plan->alias[i], conflict);
	alias_rules_free(&ours);
	return r;
}

int nova_ask_aliases(const struct nova_node *node, const char *path, struct nova_plan *plan,
		     char **ret_conflict)
{
	struct oslo_values values _cleanup_(oslo_values_free) = {0};
	_cleanup_free_ char *conflict = NULL;
	int r;

	r = oslo_config_multi(&node->effective.config, effective_option(NOVA_OPTION_ALIAS),
			      &values);
	for (size_t i = 0; i < plan->n_aliases && r == 0; i++)
		r = look_for(node, path, plan, i, &values, &conflict);
	return HAND_OVER(r, ret_conflict, conflict);
}
