/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which devices an alias stands for, and whether two stand for the same. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_ALIAS_MATCH_H
#define GPUCLAIM_NOVA_RULES_ALIAS_MATCH_H

#include "nova/rules/alias.h"

/** alias_is_same() - do both stand for the same, in whatever words? Return: 1, 0 or -ENOMEM */
int alias_is_same(const struct alias_rule *a, const struct alias_rule *b) _must_check_;

/** alias_is_repeated() - is it written more than once? For Placement Nova asks for none of these.
 */
bool alias_is_repeated(const struct alias_rules *all, const struct alias_rule *alias);

/** alias_ids_match() - vendor and product, in either case; what isn't there matches any */
bool alias_ids_match(const struct alias_rule *alias, const struct nova_device *device);

/**
 * devspec_type() - what Nova's pools call a device of a spec: they take the spec's "dev_type" for
 * what libvirt says
 *
 * Source: _create_pool_keys_from_dev() in nova/pci/stats.py.
 */
const char *devspec_type(const struct devspec *spec, const struct nova_device *device);

/** alias_type_matches() - does the alias ask for that type? Without one: any but type-PF */
bool alias_type_matches(const struct alias_rule *alias, const struct devspec *spec,
			const struct nova_device *device);

/**
 * alias_matches() - can a device of a spec be given to a request for the alias?
 *
 * The rules of nova/pci/stats.py but for NUMA, which depends on the guest: physical functions
 * are for those that ask for them, tags compare without regard to case, and where PCI is in
 * Placement resource_class and traits are compared there.
 *
 * Return: 1, 0 or -ENOMEM.
 */
int alias_matches(const struct nova_rules *rules, const struct alias_rule *alias,
		  const struct devspec *spec, const struct nova_device *device) _must_check_;

#endif
