/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How Nova is to be told, and whether it can be told so. Pure. */
#ifndef GPUCLAIM_NOVA_TELL_OPTIONS_H
#define GPUCLAIM_NOVA_TELL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/text.h"
#include "nova/rules/release.h"

/* Nova takes 256; a resource class and a flavor's property hold it, too. */
#define NOVA_ALIAS_MAX 65
/* Traits, and tags, as they are asked for. */
#define NOVA_LIST_MAX 129

/**
 * struct nova_moment - when something was, by the kernel's own clock
 * @boot:	its id, /proc/sys/kernel/random/boot_id; "": not known
 * @uptime_cs:	hundredths of a second after that boot began
 */
struct nova_moment {
	char boot[37];
	uint64_t uptime_cs;
};

/**
 * struct nova_options - how Nova is told
 * @release:	NOVA_OLDEST to NOVA_NEWEST
 * @placement:	PCI devices are reported to Placement ([pci] report_in_placement)
 * @since:	when that was set for the first time
 * @shared_groups: list every GPU of an IOMMU group, not only the lowest address
 * @alias:	the name asked for, "" for one made of the IDs
 * @numa_policy: of each alias; "" for "preferred"
 * @traits:	"A,B": of each GPU in Placement; "" for none
 * @guests:	1 << enum nova_guest of each that hints are for; 0 for all
 * @tags:	"KEY=VALUE,KEY=VALUE": more keys of each device_spec; "" for none
 */
struct nova_options {
	unsigned release, guests;
	bool placement, shared_groups;
	struct nova_moment since;
	char alias[NOVA_ALIAS_MAX], numa_policy[10];
	char traits[NOVA_LIST_MAX], tags[NOVA_LIST_MAX];
};

/**
 * nova_alias_is_valid() - may this be asked for as an alias's name?
 *
 * Letters, digits, ".", "_" and "-": no configuration format, flavor syntax or shell needs
 * quotes for it. Pure.
 */
bool nova_alias_is_valid(const char *name);

/** nova_numa_policy_is_valid() - "legacy", "preferred", "required" or "socket". Pure. */
bool nova_numa_policy_is_valid(const char *policy);

/** nova_traits_are_valid() - words of letters, digits and "_", between commas; or "". Pure. */
bool nova_traits_are_valid(const char *traits);

/**
 * nova_tags_are_valid() - KEY=VALUE between commas; or "". Pure.
 *
 * Keys are of small letters and "_", values of letters, digits, ".", "_" and "-". None is a key
 * that is made of other options, or that makes the device Neutron's.
 */
bool nova_tags_are_valid(const char *tags);

/**
 * nova_options_refusal() - why Nova can't be told so
 * @options:	with a release
 *
 * Return: one sentence, or NULL. Pure.
 */
const char *nova_options_refusal(const struct nova_options *options);

/**
 * nova_options_traits() - of each provider that Nova makes, by their names in Placement
 * @list:	sorted, each once
 *
 * Return: 0 or -ENOMEM.
 */
int nova_options_traits(const struct nova_options *options, struct text_list *list) _must_check_;

#endif
