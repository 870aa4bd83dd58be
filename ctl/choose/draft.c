/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define VENDOR_AMD 0x1022 /* of its processors; their graphics are ATI's, 1002 */
#define LIST_MAX   512

int draft_refuse(struct draft *draft, bool usage, const char *format, ...)
{
	va_list args;
	int r;

	if (draft->out->refusal)
		return 0;
	draft->out->usage = usage;
	va_start(args, format);
	r = text_replace(&draft->out->refusal, format, args);
	va_end(args);
	return r;
}

/* "0000:3b:00.0 NVIDIA Corporation GH100" */
#define TITLE_MAX (PCI_ADDRESS_MAX + 2 * NAME_MAX_BYTES)
static const char *title(const struct candidate *c, char buf[static TITLE_MAX])
{
	char a[PCI_ADDRESS_MAX];

	snprintf(buf, TITLE_MAX, "%s%s%s", pci_address_format(&c->id.address, a),
		 c->name[0] ? " " : "", c->name);
	return buf;
}

static const struct rule *matching_skip(const struct policy *policy, const struct function_id *id)
{
	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].kind == RULE_SKIP && rule_matches(&policy->rules[i], id))
			return &policy->rules[i];
	return NULL;
}

/* The candidate with its companions; NULL: it is in no unit. */
static const struct unit *unit_of(const struct assessment *a, const struct candidate *c)
{
	for (size_t u = 0; u < a->units.n_units; u++) {
		const struct unit *unit = &a->units.unit[u];
		const struct function_id *id = &a->machine.function[unit->gpu].id;

		if (pci_address_compare(&id->address, &c->id.address) == 0)
			return unit;
	}
	return NULL;
}

const struct rule *candidate_skip(const struct node *node, const struct candidate *c)
{
	const struct unit *unit = unit_of(&node->assessment, c);

	return unit && unit->skip ? unit->skip : matching_skip(&node->assessment.policy, &c->id);
}

const char *draft_skip(const struct draft *draft, const struct candidate *c,
		       char buf[static SKIP_PLACE_MAX])
{
	const struct rule *skip = candidate_skip(draft->node, c);

	if (!skip)
		return NULL;
	if (skip->line)
		snprintf(buf, SKIP_PLACE_MAX, "/%.200s:%u", skip->source, skip->line);
	else
		snprintf(buf, SKIP_PLACE_MAX, "gpuclaim.skip= on the kernel command line");
	return buf;
}

/* Is it one that the claim itself will refuse? */
const char *draft_console_reason(const struct draft *draft, const struct candidate *c)
{
	if (draft->settings.boot_vga == BOOT_VGA_ALLOW)
		return NULL;
	if (c->boot_vga && c->elsewhere)
		return "the kernel's boot VGA, though the console is on another GPU: --boot-vga=allow takes it";
	if (c->boot_vga)
		return "the boot VGA: --boot-vga=allow takes it, and the console with it";
	if (c->framebuffer)
		return "the boot framebuffer lies in its memory: --boot-vga=allow takes it, and the console with it";
	return NULL;
}

static bool unit_has(const struct unit *unit, size_t function)
{
	for (size_t k = 0; unit && k < unit->n_functions; k++)
		if (unit->function[k] == function)
			return true;
	return false;
}

/* Part of the processor: what comes along with it, and what of its slot the host keeps. */
static int tell_integrated(struct draft *draft, const struct candidate *c)
{
	const struct assessment *a = &draft->node->assessment;
	const struct unit *unit = unit_of(a, c);
	char along[LIST_MAX] = "", stays[LIST_MAX] = "", text[128], b[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < a->machine.n_functions; i++) {
		const struct function_id *id = &a->machine.function[i].id;

		if (!pci_address_same_device(&id->address, &c->id.address) ||
		    pci_address_compare(&id->address, &c->id.address) == 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s (%s%s)", pci_address_format(&id->address, b),
			       id->id.vendor == VENDOR_AMD ? "the processor's " : "",
			       pci_class_name(id->class_code));
		text_join(unit_has(unit, i) ? along : stays, LIST_MAX, ", ", text);
	}
	return text_list_add(&draft->out->notes, "%s is integrated: %s %s along%s%s%s",
			     pci_address_format(&c->id.address, b), *along ? along : "nothing",
			     strchr(along, ',') ? "come" : "comes",
			     *stays ? "; with the host " : "",
			     strchr(stays, ',') ? "stay "
			     : *stays		? "stays "
						: "",
			     stays);
}

int draft_select(struct draft *draft, const struct candidate *c, const char *by)
{
	const char *console = draft_console_reason(draft, c);
	char text[TITLE_MAX];
	int r;

	draft->selected[c - draft->candidates->item] = true;
	r = text_list_add(&draft->out->notes, "%s: chosen by %s%s%s", title(c, text), by,
			  console ? "; it is " : "", console ? console : "");
	if (r == 0 && (c->integrated || c->processor.id.vendor))
		r = tell_integrated(draft, c);
	return r;
}

int draft_leave_out(struct draft *draft, const struct candidate *c, const char *why)
{
	char text[TITLE_MAX];

	return text_list_add(&draft->out->notes, "%s: left out: %s", title(c, text), why);
}
