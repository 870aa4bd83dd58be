/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [pci] alias by Nova's own rules. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_ALIAS_H
#define GPUCLAIM_NOVA_RULES_ALIAS_H

#include "nova/rules/devspec.h"

/**
 * struct alias_rule - one alias option; those of one name are alternatives
 * @option:	index of the option's value
 * @name:	stripped; owned
 * @dict:	as it was written; owned
 */
struct alias_rule {
	size_t option;
	char *name;
	struct py_value *dict;
};

/** struct alias_rules - as struct devspecs */
struct alias_rules {
	struct alias_rule *alias; /* owned */
	size_t n;
	struct nova_error error;
	size_t error_option;
	char *doubt;
};

/**
 * alias_rules_parse() - take the option's values as Nova does
 *
 * Nova does so when nova-compute and nova-api start (32 and later), or when a server is made
 * (before). The texts of schema errors are those of jsonschema 4.10 and later.
 *
 * Source: nova/pci/request.py of Nova 18 to 34.
 *
 * Return: 0 (also when Nova refuses), or -ENOMEM. Free with alias_rules_free().
 */
int alias_rules_parse(const struct nova_rules *rules, const char *const *value, size_t n,
		      struct alias_rules *ret) _must_check_;
void alias_rules_free(struct alias_rules *aliases);

/** alias_text() - the value of a key that is a string, or NULL */
const char *alias_text(const struct alias_rule *alias, const char *key);

/** alias_numa_policy() - "legacy" where it has none */
const char *alias_numa_policy(const struct alias_rule *alias);

#endif
