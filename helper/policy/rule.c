/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/policy/rule.h"

#include <stdio.h>
#include <string.h>

int rule_parse_id(const char *s, struct rule *rule)
{
	char copy[sizeof("vvvv:dddd")];
	size_t length = strlen(s);
	bool any = length == strlen("vvvv:*") && s[length - 1] == '*';
	struct pci_id id;

	if (any) {
		/* The wildcard stands for four digits, so that one function reads both. */
		memcpy(copy, s, length - 1);
		memcpy(copy + length - 1, "0000", sizeof("0000"));
		s = copy;
	}
	if (pci_id_parse(s, &id) < 0)
		return -EINVAL;

	rule->id = id;
	rule->any_device = any;
	rule->has_id = true;
	return 0;
}

/* One digit, which @s is moved past; or -1. */
static int take_function(const char **s)
{
	return **s >= '0' && **s <= '7' ? *(*s)++ - '0' : -1;
}

int rule_parse_functions(const char *s, uint8_t *ret)
{
	unsigned functions = 0;

	for (;; s++) {
		int first = take_function(&s), last = first;

		if (first >= 0 && *s == '-') {
			s++;
			last = take_function(&s);
		}
		if (first < 0 || last < first || (*s && *s != ','))
			return -EINVAL;
		for (int i = first; i <= last; i++)
			functions |= 1u << i;
		if (!*s)
			break;
	}
	*ret = (uint8_t)functions;
	return 0;
}

const char *functions_format(uint8_t functions, char buf[static FUNCTIONS_TEXT_MAX])
{
	size_t n = 0;

	buf[0] = '\0';
	for (unsigned i = 0; i < 8; i++) {
		unsigned last = i;

		if (!((unsigned)functions >> i & 1u))
			continue;
		while ((unsigned)functions >> (last + 1) & 1u)
			last++;
		n += (size_t)snprintf(buf + n, FUNCTIONS_TEXT_MAX - n, "%s%u", n ? "," : "", i);
		if (last > i)
			n += (size_t)snprintf(buf + n, FUNCTIONS_TEXT_MAX - n, "-%u", last);
		i = last;
	}
	return buf;
}

bool rule_matches_id(const struct rule *rule, const struct function_id *f)
{
	if (rule->has_id && (rule->id.vendor != f->id.vendor ||
			     (!rule->any_device && rule->id.device != f->id.device)))
		return false;
	if (rule->class_digits > 0 &&
	    f->class_code >> (24 - 4 * rule->class_digits) != rule->class_prefix)
		return false;
	return !rule->has_subsystem || (rule->subsystem.vendor == f->subsystem.vendor &&
					rule->subsystem.device == f->subsystem.device);
}

bool rule_has_place(const struct rule *rule)
{
	return rule->has_address || rule->path[0];
}

bool rule_is_at(const struct rule *rule, const struct pci_address *address)
{
	if (rule->has_address && pci_address_compare(&rule->address, address) != 0)
		return false;
	if (rule->path[0])
		return rule->has_place && pci_address_compare(&rule->place, address) == 0;
	return rule->has_address;
}

bool rule_matches(const struct rule *rule, const struct function_id *f)
{
	if (rule_has_place(rule) && !rule_is_at(rule, &f->address))
		return false;
	return rule_matches_id(rule, f);
}

const char *rule_format(const struct rule *rule, char buf[static RULE_TEXT_MAX])
{
	char id[16] = "", address[32] = "", class_code[16] = "", subsystem[32] = "";
	char text[PCI_ADDRESS_MAX], functions[32] = "", list[FUNCTIONS_TEXT_MAX];

	if (rule->has_id && rule->any_device)
		(void)snprintf(id, sizeof(id), " %04x:*", rule->id.vendor);
	else if (rule->has_id)
		(void)snprintf(id, sizeof(id), " %04x:%04x", rule->id.vendor, rule->id.device);
	if (rule->has_address)
		(void)snprintf(address, sizeof(address), " address=%s",
			       pci_address_format(&rule->address, text));
	if (rule->class_digits > 0)
		(void)snprintf(class_code, sizeof(class_code), " class=%0*x", rule->class_digits,
			       (unsigned)rule->class_prefix);
	if (rule->has_subsystem)
		(void)snprintf(subsystem, sizeof(subsystem), " subsystem=%04x:%04x",
			       rule->subsystem.vendor, rule->subsystem.device);

	if (rule->functions)
		(void)snprintf(functions, sizeof(functions), " functions=%s",
			       functions_format(rule->functions, list));

	(void)snprintf(buf, RULE_TEXT_MAX, "%s%s%s%s%s%s%s%s",
		       rule->kind == RULE_CLAIM ? "claim" : "skip", id, address,
		       rule->path[0] ? " path=" : "", rule->path, class_code, subsystem, functions);
	return buf;
}

const char *rule_place(const struct rule *rule, char buf[static RULE_PLACE_MAX])
{
	if (rule->line)
		(void)snprintf(buf, RULE_PLACE_MAX, "/%.150s:%u", rule->source, rule->line);
	else
		(void)snprintf(buf, RULE_PLACE_MAX, "%s", rule->source);
	return buf;
}
