/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/judge/aliases.h"

#include <stdio.h>
#include <string.h>

#include "nova/rules/alias_match.h"

static bool is_first(const struct nova_judgement *j, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(j->aliases.alias[k].name, j->aliases.alias[i].name) == 0)
			return false;
	return true;
}

/* A device that is whitelisted, and of the IDs an alias of this name asks for. */
struct candidate {
	const struct nova_device *device;
	const struct devspec *spec;
	bool matches;
};

/* The best there is: one that can be given, else one that only has the IDs. */
static int find_candidate(const struct verify_facts *facts, const struct nova_judgement *j,
			  const char *name, struct candidate *ret)
{
	int r = 0;

	*ret = (struct candidate){0};
	for (size_t i = 0; i < facts->host->n_devices && r == 0; i++) {
		const struct nova_device *device = &facts->host->device[i];

		if (j->match[i] == SIZE_MAX)
			continue;
		for (size_t k = 0; k < j->aliases.n && r == 0; k++) {
			const struct alias_rule *alias = &j->aliases.alias[k];
			const struct devspec *spec = &j->specs.spec[j->match[i]];

			if (strcmp(alias->name, name) != 0 || !alias_ids_match(alias, device))
				continue;
			r = alias_matches(&j->rules, alias, spec, device);
			*ret = (struct candidate){device, spec, r > 0};
		}
	}
	return r < 0 ? r : 0;
}

/* The type is why: of the device, or what its device_spec calls it. */
static int explain_type(struct nova_judgement *j, size_t i, const struct candidate *c)
{
	const struct alias_rule *alias = &j->aliases.alias[i];
	const char *type = alias_text(alias, "device_type"), *is = nova_type_name(c->device->type);
	const char *called = devspec_type(c->spec, c->device);
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX], remedy[REMEDY_MAX];

	(void)pci_address_format(&c->device->address, a);
	(void)oslo_value_place(&j->alias_values.value[alias->option], place);
	snprintf(remedy, sizeof(remedy), "write \"device_type\": \"%s\"", is);
	if (strcmp(called, is) == 0)
		return findings_add(&j->findings, STATE_FAIL, "nova-alias-satisfiable", remedy,
				    "%s: alias %s asks for %s, but %s is %s", place, alias->name,
				    type ? type : "no type-PF", a, is);
	return findings_add(
		&j->findings, STATE_FAIL, "nova-alias-satisfiable",
		"take dev_type out of that device_spec, then see what its alias needs",
		"%s: alias %s asks for %s, but the device_spec of %s has \"dev_type\": \"%s\"",
		place, alias->name, type ? type : "no type-PF", a, called);
}

/* Why a device with the right IDs can't be given to the alias. */
static int explain(struct nova_judgement *j, size_t i, const struct candidate *c)
{
	const struct alias_rule *alias = &j->aliases.alias[i];
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];

	if (!alias_type_matches(alias, c->spec, c->device))
		return explain_type(j, i, c);
	return findings_add(
		&j->findings, STATE_FAIL, "nova-alias-satisfiable",
		"give both the same resource_class, traits and other keys",
		"%s: alias %s has the IDs of %s, but its device_spec says otherwise in another key (resource_class, traits, ...)",
		oslo_value_place(&j->alias_values.value[alias->option], place), alias->name,
		pci_address_format(&c->device->address, a));
}

static int judge_alias(const struct verify_facts *facts, struct nova_judgement *j, size_t i)
{
	const struct alias_rule *alias = &j->aliases.alias[i];
	struct candidate c;
	char place[OSLO_PLACE_MAX];
	int r = find_candidate(facts, j, alias->name, &c);

	if (r < 0)
		return r;
	(void)oslo_value_place(&j->alias_values.value[alias->option], place);
	if (j->rules.placement && alias_is_repeated(&j->aliases, alias))
		return findings_add(
			&j->findings, STATE_FAIL, "nova-alias-satisfiable",
			"write one alias, and give all its devices one resource_class",
			"%s: alias %s is written more than once: with pci_in_placement Nova can't make a request from it",
			place, alias->name);
	if (c.matches)
		return 0;
	if (c.device)
		return explain(j, i, &c);
	return findings_add(&j->findings, STATE_WARN, "nova-alias-satisfiable",
			    "correct its IDs, unless it is for another node's devices",
			    "%s: alias %s: device_spec matches no device of this node with its IDs",
			    place, alias->name);
}

/* A name and nothing else: before 2025.2 it stands for any device. */
static bool is_empty(const struct nova_judgement *j, const struct alias_rule *alias)
{
	return !alias_text(alias, "vendor_id") && !alias_text(alias, "product_id") &&
	       !j->rules.placement;
}

static int say_empty(struct nova_judgement *j, const struct alias_rule *alias)
{
	char place[OSLO_PLACE_MAX];

	return findings_add(
		&j->findings, STATE_FAIL, "nova-alias-satisfiable", "name vendor_id and product_id",
		"%s: alias %s asks for any device, whatever it is",
		oslo_value_place(&j->alias_values.value[alias->option], place), alias->name);
}

int nova_judge_aliases(const struct verify_facts *facts, struct nova_judgement *j)
{
	size_t n = j->findings.n;
	int r = 0;

	if (j->aliases.error.type || j->specs.error.type)
		return findings_add(&j->findings, STATE_SKIP, "nova-alias-satisfiable", NULL,
				    "not judged: Nova refuses the configuration");
	for (size_t i = 0; i < j->aliases.n && r == 0; i++) {
		if (is_empty(j, &j->aliases.alias[i]))
			r = say_empty(j, &j->aliases.alias[i]);
		else if (is_first(j, i))
			r = judge_alias(facts, j, i);
	}
	if (r == 0 && n == j->findings.n)
		r = findings_add(&j->findings, j->aliases.n ? STATE_PASS : STATE_SKIP,
				 "nova-alias-satisfiable", NULL,
				 j->aliases.n
					 ? "each alias can be satisfied on this node"
					 : "there is no alias: flavors can't ask for a device");
	return r;
}
