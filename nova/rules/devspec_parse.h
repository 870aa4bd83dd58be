/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the option's values to device_specs, as Nova takes them when it starts. Pure. */
#ifndef GPUCLAIM_NOVA_RULES_DEVSPEC_PARSE_H
#define GPUCLAIM_NOVA_RULES_DEVSPEC_PARSE_H

#include "nova/rules/devspec.h"

/**
 * devspecs_parse() - take the option's values as Nova does when it starts
 * @value:	of all device_spec, in the order oslo.config gives them
 *
 * Source: nova/pci/whitelist.py, nova/pci/devspec.py of Nova 18 to 34.
 *
 * Return: 0 (also when Nova refuses), or -ENOMEM. Free with devspecs_free().
 */
int devspecs_parse(const struct nova_rules *rules, const char *const *value, size_t n,
		   struct devspecs *ret) _must_check_;

#endif
