/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/readiness/idle_lines.h"

#include <stdio.h>
#include <string.h>

#include "helper/claim/moved.h"
#include "helper/policy/conf_files.h"

/* Room that is kept for how many more there are. */
#define REST_MAX 24
/* Of more of them the places alone are told. */
#define WHOLE_MAX 5

/* IDs pass over virtual functions, and a wildcard over what is a bridge by its header. */
static bool is_passed_over(const struct assessment *a, const struct unit *unit)
{
	const struct outcome *o = decision_of(&a->decision, unit->gpu);

	return unit_is_wanted(unit) && o && o->verdict == VERDICT_NOT_SELECTED;
}

static const struct function *gpu_of(const struct assessment *a, const struct unit *unit)
{
	return &a->machine.function[unit->gpu];
}

static bool selects(const struct assessment *a, const struct rule *rule)
{
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];

		if (!unit->skip && !is_passed_over(a, unit) &&
		    rule_matches(rule, &gpu_of(a, unit)->id))
			return true;
	}
	return false;
}

/* The unit that a function is in, its GPU's or a companion's; or NULL. */
static const struct unit *unit_of(const struct assessment *a, size_t function)
{
	for (size_t u = 0; u < a->units.n_units; u++)
		for (size_t k = 0; k < a->units.unit[u].n_functions; k++)
			if (a->units.unit[u].function[k] == function)
				return &a->units.unit[u];
	return NULL;
}

/* Matched as if by chance: a wildcard says nothing of what is no GPU, nor comes along with one. */
static bool is_meant(const struct assessment *a, const struct rule *rule, size_t function)
{
	return rule_matches(rule, &a->machine.function[function].id) &&
	       (rule_has_place(rule) || !rule->any_device || unit_of(a, function));
}

/* Why a function that the line does match is none that it selects. */
static void say_of_match(const struct assessment *a, size_t function, struct idle_line *line)
{
	const struct function *f = &a->machine.function[function];
	const struct unit *unit = unit_of(a, function);
	char address[PCI_ADDRESS_MAX], gpu[PCI_ADDRESS_MAX], place[RULE_PLACE_MAX];

	pci_address_format(&f->id.address, address);
	if (unit)
		pci_address_format(&gpu_of(a, unit)->id.address, gpu);
	if (unit && unit->skip)
		snprintf(line->why, IDLE_WHY_MAX, "%s is spared by %.100s", gpu,
			 rule_place(unit->skip, place));
	else if (unit && unit->gpu != function)
		snprintf(line->why, IDLE_WHY_MAX,
			 "%s is a companion of %s: name the GPU, %04x:%04x", address, gpu,
			 gpu_of(a, unit)->id.id.vendor, gpu_of(a, unit)->id.id.device);
	else
		snprintf(line->why, IDLE_WHY_MAX, "%s is no GPU that can be claimed (%s)", address,
			 unit ? "a virtual function, or a bridge"
			      : pci_class_name(f->id.class_code));
}

/* 4318 for 0x10de: the digits of a number in hex, read as decimal ones; 0 where they can't be. */
static unsigned read_as_decimal(unsigned number)
{
	char digits[8];

	(void)snprintf(digits, sizeof(digits), "%04x", number);
	return digits[strspn(digits, "0123456789")] ? 0 : (unsigned)strtoul(digits, NULL, 10);
}

static bool is_id(const struct pci_id *id, unsigned vendor, unsigned device)
{
	return id->vendor == vendor && id->device == device;
}

/* What somebody may have meant who named a GPU by these IDs; or NULL. */
static const char *find_slip(const struct rule *rule, const struct function_id *gpu)
{
	const struct pci_id *id = &rule->id;

	if (!rule->has_id || rule->any_device)
		return NULL;
	if (is_id(&gpu->id, id->device, id->vendor))
		return "vendor and device are swapped";
	if (is_id(&gpu->id, read_as_decimal(id->vendor), read_as_decimal(id->device)))
		return "these are decimal numbers";
	if (is_id(&gpu->subsystem, id->vendor, id->device))
		return "these are the subsystem's IDs";
	if (is_id(&gpu->id, id->vendor, id->device) && !rule_has_place(rule))
		return "its class= or subsystem= differs";
	return NULL;
}

static bool say_slip(const struct assessment *a, struct idle_line *line)
{
	char address[PCI_ADDRESS_MAX];

	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct function *f = gpu_of(a, &a->units.unit[u]);
		const struct function_id *gpu = &f->id;
		const char *slip = f->unread ? NULL : find_slip(line->rule, gpu);

		if (!slip)
			continue;
		snprintf(line->why, IDLE_WHY_MAX,
			 "%s: %s is %04x:%04x (class %06x, subsystem %04x:%04x)", slip,
			 pci_address_format(&gpu->address, address), gpu->id.vendor, gpu->id.device,
			 gpu->class_code, gpu->subsystem.vendor, gpu->subsystem.device);
		return true;
	}
	return false;
}

/* What is at the place that a line names, or NO_FUNCTION. */
static size_t find_at(const struct machine *machine, const struct rule *rule)
{
	for (size_t i = 0; i < machine->n_functions; i++)
		if (rule_is_at(rule, &machine->function[i].id.address))
			return i;
	return NO_FUNCTION;
}

static void say_of_place(const struct assessment *a, struct idle_line *line)
{
	size_t at = find_at(&a->machine, line->rule);
	char moved[MOVED_TEXT_MAX];
	const struct function_id *id;

	(void)moved_format(&a->machine, &a->policy, line->rule, moved);
	if (at == NO_FUNCTION) {
		snprintf(line->why, IDLE_WHY_MAX, "no device is there%s", moved);
	} else if (a->machine.function[at].unread) {
		snprintf(line->why, IDLE_WHY_MAX, "what is there can't be read%s", moved);
	} else {
		id = &a->machine.function[at].id;
		if (!unit_of(a, at) && (!line->rule->has_id || rule_matches(line->rule, id)))
			snprintf(line->why, IDLE_WHY_MAX, "what is there is no GPU (%s)",
				 pci_class_name(id->class_code));
		else
			snprintf(line->why, IDLE_WHY_MAX, "another device is there, %04x:%04x%s",
				 id->id.vendor, id->id.device, moved);
	}
}

static void say_why(const struct assessment *a, bool counts, struct idle_line *line)
{
	const struct rule *rule = line->rule;

	for (size_t i = 0; i < a->machine.n_functions; i++)
		if (is_meant(a, rule, i)) {
			line->no_gpu = rule_has_place(rule) && !unit_of(a, i);
			say_of_match(a, i, line);
			return;
		}
	line->no_gpu = rule_has_place(rule);
	line->misses = counts && line->no_gpu;
	if (say_slip(a, line))
		return;
	if (line->no_gpu)
		say_of_place(a, line);
	else
		snprintf(line->why, IDLE_WHY_MAX, "no GPU here matches it");
}

static void add_idle(const struct assessment *a, const struct rule *rules, size_t n, bool counts,
		     struct idle_line *lines, size_t *n_lines)
{
	for (size_t i = 0; i < n; i++) {
		if (rules[i].kind != RULE_CLAIM || selects(a, &rules[i]))
			continue;
		lines[*n_lines] = (struct idle_line){.rule = &rules[i]};
		say_why(a, counts, &lines[(*n_lines)++]);
	}
}

int idle_lines_find(const struct assessment *a, struct idle_line **ret, size_t *ret_n)
{
	const struct policy *policy = &a->policy;
	struct idle_line *lines = calloc(policy->n_rules + policy->n_disarmed + 1, sizeof(*lines));

	if (!lines)
		return -ENOMEM;
	*ret_n = 0;
	add_idle(a, policy->rules, policy->n_rules, true, lines, ret_n);
	add_idle(a, policy->disarmed, policy->n_disarmed, false, lines, ret_n);
	*ret = lines;
	return 0;
}

size_t absent_places_count(const struct assessment *a)
{
	size_t n = 0;

	for (size_t i = 0; i < a->policy.n_rules; i++) {
		const struct rule *rule = &a->policy.rules[i];

		n += rule->kind == RULE_CLAIM && rule_has_place(rule) &&
		     find_at(&a->machine, rule) == NO_FUNCTION;
	}
	return n;
}

/* A skip of a companion that stays with the host spares the GPU of its slot, too. */
static bool is_beside_gpu(const struct assessment *a, const struct function_id *f)
{
	for (size_t u = 0; pci_class_is_companion(f->class_code) && u < a->units.n_units; u++) {
		const struct function_id *gpu = &gpu_of(a, &a->units.unit[u])->id;

		if (pci_class_is_gpu(gpu->class_code) &&
		    pci_address_same_device(&gpu->address, &f->address))
			return true;
	}
	return false;
}

/* Something that can't be read may be what it means. */
static bool is_astray(const struct assessment *a, const struct rule *rule)
{
	size_t at = find_at(&a->machine, rule);
	const struct function *f = at == NO_FUNCTION ? NULL : &a->machine.function[at];

	return !f || (!f->unread && ((!unit_of(a, at) && !is_beside_gpu(a, &f->id)) ||
				     !rule_matches(rule, &f->id)));
}

int stray_skips_find(const struct assessment *a, struct idle_line **ret, size_t *ret_n)
{
	const struct policy *policy = &a->policy;
	struct idle_line *lines = calloc(policy->n_rules + 1, sizeof(*lines));
	size_t n = 0;

	if (!lines)
		return -ENOMEM;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct rule *rule = &policy->rules[i];

		if (rule->kind != RULE_SKIP || !rule_has_place(rule) || !is_astray(a, rule))
			continue;
		lines[n] = (struct idle_line){.rule = rule};
		say_of_place(a, &lines[n++]);
	}
	*ret = lines;
	*ret_n = n;
	return 0;
}

/* Returns false where there is no room for it. */
static bool append(char *buf, size_t size, const char *text)
{
	size_t n = strlen(buf);

	if (n + strlen("; ") + strlen(text) >= size)
		return false;
	(void)snprintf(buf + n, size - n, "%s%s", n ? "; " : "", text);
	return true;
}

const char *idle_lines_remedy(const struct idle_line *lines, size_t n, bool none)
{
	for (size_t i = 0; i < n; i++)
		if (lines[i].rule->line && strcmp(lines[i].rule->source, SELECTION_FILE) == 0)
			return "gpuclaimctl setup names the GPUs anew: --all-gpus or --addresses";
	if (none)
		return "gpuclaimctl scan lists the GPUs: correct what is named, or write \"set expect=0\" if this node is to have none";
	return "gpuclaimctl scan lists the GPUs: correct what is named";
}

size_t idle_lines_format(const struct idle_line *lines, size_t n, enum idle_kind which, char *buf,
			 size_t size)
{
	char place[RULE_PLACE_MAX], rule[RULE_TEXT_MAX];
	char text[RULE_PLACE_MAX + RULE_TEXT_MAX + IDLE_WHY_MAX];
	size_t found = 0, untold = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (which != IDLE_ALL && lines[i].misses != (which == IDLE_MISSING))
			continue;
		found++;
		rule_place(lines[i].rule, place);
		(void)snprintf(text, sizeof(text), "%s: %s: %s", place,
			       rule_format(lines[i].rule, rule), lines[i].why);
		/* The places of many are worth more than the whole story of some. */
		if ((n > WHOLE_MAX || !append(buf, size - REST_MAX, text)) &&
		    !append(buf, size - REST_MAX, place))
			untold++;
	}
	if (untold) {
		(void)snprintf(text, sizeof(text), "and %zu more", untold);
		(void)append(buf, size, text);
	}
	return found;
}
