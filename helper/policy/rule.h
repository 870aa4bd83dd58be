/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One claim or skip rule: read, matched and written. Pure. */
#ifndef GPUCLAIM_HELPER_POLICY_RULE_H
#define GPUCLAIM_HELPER_POLICY_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/pci.h"
#include "helper/policy/topology.h"

enum rule_kind { RULE_CLAIM, RULE_SKIP };

/**
 * struct rule - one claim or skip line, or one element of a kernel argument
 * @has_id:		@id.vendor must match, and @id.device unless @any_device
 * @class_digits:	0, 2, 4 or 6: how many hex digits of the class must match
 * @class_prefix:	the digits' value (class=0302 is 0x0302, 4 digits)
 * @path:		as topology_parse() has it, or ""
 * @has_place, @place:	what sits there today: places_resolve() looks; false until then
 * @functions:		a bit for each function of the GPU's slot that comes along; 0: none is
 *			listed, and it takes its companions
 * @source:		"etc/gpuclaim/gpuclaim.conf" or "kernel command line";
 *			not owned, lives as long as the policy
 * @line:		1-based; 0 for the command line
 */
struct rule {
	enum rule_kind kind;
	bool has_id, any_device, has_address, has_subsystem, has_place;
	struct pci_id id;
	struct pci_address address, place;
	char path[TOPOLOGY_MAX];
	struct pci_id subsystem;
	uint8_t class_digits, functions;
	uint32_t class_prefix;
	const char *source;
	unsigned line;
};

/**
 * rule_parse_id() - read "VENDOR:DEVICE" or "VENDOR:*" into a rule
 *
 * Return: 0, or -EINVAL with @rule untouched.
 */
int rule_parse_id(const char *s, struct rule *rule) _must_check_;

/**
 * rule_parse_functions() - read "0-1" or "0,1,3": functions 0 to 7 of a slot
 *
 * Return: 0, or -EINVAL with @ret untouched.
 */
int rule_parse_functions(const char *s, uint8_t *ret) _must_check_;

/** functions_format() - the same list, as short as it can be */
#define FUNCTIONS_TEXT_MAX 16
const char *functions_format(uint8_t functions, char buf[static FUNCTIONS_TEXT_MAX]);

/** rule_format() - print as the configuration's line, in lower case, keys in one order */
#define RULE_TEXT_MAX (160 + TOPOLOGY_MAX)
const char *rule_format(const struct rule *rule, char buf[static RULE_TEXT_MAX]);

#define RULE_PLACE_MAX 200

/** rule_place() - "/etc/gpuclaim/gpuclaim.conf:3", or "kernel command line" */
const char *rule_place(const struct rule *rule, char buf[static RULE_PLACE_MAX]);

/** rule_has_place() - does it name one place, by address= or path=? */
bool rule_has_place(const struct rule *rule);
/** rule_is_at() - does it name this very one? */
bool rule_is_at(const struct rule *rule, const struct pci_address *address);

/** rule_matches_id() - does it match by IDs, class and subsystem (the place aside)? */
struct function_id {
	struct pci_address address;
	struct pci_id id, subsystem;
	uint32_t class_code;
};
bool rule_matches_id(const struct rule *rule, const struct function_id *f);
/** rule_matches() - does it match in all it says, the place included? */
bool rule_matches(const struct rule *rule, const struct function_id *f);

#endif
