/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/named.h"

#include <stdio.h>
#include <string.h>

#define SEPARATORS  ", "
#define HERE_MAX    300
#define EXPECTED_ID "expected VENDOR:DEVICE, four hex digits each, as in 10de:1c81"
#define EXPECTED_ADDRESS \
	"expected DOMAIN:BUS:DEVICE.FUNCTION, as in 0000:3b:00.0 (3b:00.0 for short)"

/* "0000:01:00.0 (10de:1c81), …": what could have been meant. */
static const char *list_gpus(const struct draft *draft, char buf[static HERE_MAX])
{
	char a[PCI_ADDRESS_MAX];
	size_t n = 0;

	snprintf(buf, HERE_MAX, "none");
	for (size_t i = 0; i < draft->candidates->n; i++) {
		const struct candidate *c = &draft->candidates->item[i];
		int more = snprintf(buf + n, HERE_MAX - n, "%s%s (%04x:%04x)", n ? ", " : "",
				    pci_address_format(&c->id.address, a), c->id.id.vendor,
				    c->id.id.device);

		if (more < 0 || (size_t)more >= HERE_MAX - n) {
			buf[n] = '\0';
			break;
		}
		n += (size_t)more;
	}
	return buf;
}

/* The GPU that a function comes along with, or NULL. */
static const struct candidate *gpu_of(const struct draft *draft, const struct function_id *id)
{
	for (size_t i = 0; i < draft->candidates->n; i++) {
		const struct candidate *c = &draft->candidates->item[i];

		if (companion_in_slot(&c->id, id))
			return c;
	}
	return NULL;
}

/* Somebody named a function that is no GPU: what it is, and what to name instead. */
static int refuse_other(struct draft *draft, const char *option, const struct function_id *id)
{
	const struct candidate *gpu = gpu_of(draft, id);
	char a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX], here[HERE_MAX];

	pci_address_format(&id->address, a);
	if (gpu)
		return draft_refuse(
			draft, false,
			"%s: %s (%04x:%04x) is the %s of the GPU %s and comes along by itself: name the GPU, %04x:%04x",
			option, a, id->id.vendor, id->id.device, pci_class_name(id->class_code),
			pci_address_format(&gpu->id.address, b), gpu->id.id.vendor,
			gpu->id.id.device);
	return draft_refuse(draft, false,
			    "%s: %s (%04x:%04x) is no GPU but a %s, which is %s; the GPUs here: %s",
			    option, a, id->id.vendor, id->id.device, pci_class_name(id->class_code),
			    pci_class_is_companion(id->class_code)
				    ? "claimed with a GPU only (functions= of its claim line)"
				    : "never claimed",
			    list_gpus(draft, here));
}

static int refuse_candidate(struct draft *draft, const char *option, const struct candidate *c)
{
	char a[PCI_ADDRESS_MAX];

	return draft_refuse(draft, false, "%s: %s (%04x:%04x) is a %s", option,
			    pci_address_format(&c->id.address, a), c->id.id.vendor, c->id.id.device,
			    c->vf ? "virtual function: name its physical function"
				  : "bridge by its header type, which is never claimed");
}

/* A candidate that an ID matches: selected, or spared. */
static int select_by_id(struct draft *draft, size_t i, const char *word)
{
	const struct candidate *c = &draft->candidates->item[i];
	char place[SKIP_PLACE_MAX], why[SKIP_PLACE_MAX + 16];

	if (draft->selected[i])
		return 0;
	if (!draft_skip(draft, c, place))
		return draft_select(draft, c, word);
	snprintf(why, sizeof(why), "spared by %s", place);
	return draft_leave_out(draft, c, why);
}

/* Holds an ID against the devices that are there; those that come later may have it, too. */
static int match_id(struct draft *draft, const struct rule *rule, const char *word)
{
	const struct machine *machine = &draft->node->assessment.machine;
	const struct candidate *unfit = NULL;
	bool found = false;
	int r = 0;

	for (size_t i = 0; i < draft->candidates->n && r == 0; i++) {
		const struct candidate *c = &draft->candidates->item[i];

		if (!rule_matches_id(rule, &c->id) ||
		    (rule->any_device && pci_class_is_fabric(c->id.class_code)))
			continue;
		if (c->vf || c->bridge) {
			unfit = c;
			continue;
		}
		found = true;
		r = select_by_id(draft, i, word);
	}
	if (r < 0 || found)
		return r;
	if (unfit && !rule->any_device)
		return refuse_candidate(draft, "--ids", unfit);
	for (size_t i = 0; i < machine->n_functions && !rule->any_device; i++)
		if (rule_matches_id(rule, &machine->function[i].id))
			return refuse_other(draft, "--ids", &machine->function[i].id);
	return text_list_add(&draft->out->notes, "%s: no GPU here has this ID%s", word,
			     draft->node->facts.machine ? " yet" : ": this tree has no devices");
}

static int take_id(struct draft *draft, const char *word)
{
	struct rule rule = {.kind = RULE_CLAIM};

	if (rule_parse_id(word, &rule) < 0)
		return draft_refuse(draft, true, "--ids: found \"%.40s\", " EXPECTED_ID, word);
	for (size_t i = 0; i < draft->n_ids; i++)
		if (draft->id[i].any_device == rule.any_device &&
		    draft->id[i].id.vendor == rule.id.vendor &&
		    draft->id[i].id.device == rule.id.device)
			return text_list_add(&draft->out->notes, "%s: named twice", word);
	if (ARRAY_ADD(draft->id, draft->n_ids, rule) < 0)
		return -ENOMEM;
	return match_id(draft, &rule, word);
}

/* People leave the domain away, as lspci does. */
static int parse_address(const char *word, struct pci_address *ret)
{
	char full[PCI_ADDRESS_MAX];

	if (pci_address_parse(word, ret) == 0)
		return 0;
	if (strlen(word) != strlen("3b:00.0"))
		return -EINVAL;
	snprintf(full, sizeof(full), "0000:%s", word);
	return pci_address_parse(full, ret);
}

static int take_candidate(struct draft *draft, const struct candidate *c)
{
	size_t i = (size_t)(c - draft->candidates->item);
	char a[PCI_ADDRESS_MAX], place[SKIP_PLACE_MAX];

	pci_address_format(&c->id.address, a);
	if (c->vf || c->bridge)
		return refuse_candidate(draft, draft->by, c);
	if (draft_skip(draft, c, place))
		return draft_refuse(draft, false, "%s: %s is spared by %s: take that line out",
				    draft->by, a, place);
	if (draft->by_address[i])
		return text_list_add(&draft->out->notes, "%s: named twice", a);
	draft->by_address[i] = true;
	return draft->selected[i] ? 0 : draft_select(draft, c, draft->by);
}

static int take_address(struct draft *draft, const char *word)
{
	const struct machine *machine = &draft->node->assessment.machine;
	char a[PCI_ADDRESS_MAX], here[HERE_MAX];
	const struct candidate *c;
	struct pci_address address;
	size_t i;

	if (parse_address(word, &address) < 0)
		return draft_refuse(draft, true, "%s: found \"%.40s\", " EXPECTED_ADDRESS,
				    draft->by, word);
	if (!draft->node->facts.machine)
		return draft_refuse(draft, false, "%s: " NO_MACHINE, draft->by);
	c = candidates_find(draft->candidates, &address);
	if (c)
		return take_candidate(draft, c);
	i = machine_find(machine, &address);
	if (i != NO_FUNCTION)
		return refuse_other(draft, draft->by, &machine->function[i].id);
	return draft_refuse(draft, false, "%s: no device is at %s; the GPUs here: %s", draft->by,
			    pci_address_format(&address, a), list_gpus(draft, here));
}

/* Calls @take for each word of a comma separated list. */
static int take_list(struct draft *draft, const char *option, const char *list,
		     int (*take)(struct draft *draft, const char *word))
{
	_cleanup_free_ char *copy = strdup(list);
	char *save = NULL, *word;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	word = strtok_r(copy, SEPARATORS, &save);
	if (!word)
		return draft_refuse(draft, true, "%s: the list is empty", option);
	for (; word && r == 0 && !draft->out->refusal; word = strtok_r(NULL, SEPARATORS, &save))
		r = take(draft, word);
	return r;
}

int draft_take_ids(struct draft *draft)
{
	return take_list(draft, "--ids", draft->request->ids, take_id);
}

int draft_take_addresses(struct draft *draft)
{
	const struct selection_request *request = draft->request;
	int r = 0;

	draft->by = "--addresses";
	if (request->addresses)
		r = take_list(draft, draft->by, request->addresses, take_address);
	draft->by = "--adopt";
	if (request->adopted && r == 0 && !draft->out->refusal)
		r = take_list(draft, draft->by, request->adopted, take_address);
	return r;
}

/* Those that wait for gpuclaim=1 count: setup sees to that. */
const struct rule *candidate_claim(const struct node *node, const struct candidate *c)
{
	const struct policy *policy = &node->assessment.policy;
	const struct function_id *id = &c->id;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].kind == RULE_CLAIM && rule_matches(&policy->rules[i], id))
			return &policy->rules[i];
	for (size_t i = 0; i < policy->n_disarmed; i++)
		if (rule_matches(&policy->disarmed[i], id))
			return &policy->disarmed[i];
	return NULL;
}

int draft_take_configured(struct draft *draft)
{
	char place[SKIP_PLACE_MAX];
	int r = 0;

	for (size_t i = 0; i < draft->candidates->n && r == 0; i++) {
		const struct candidate *c = &draft->candidates->item[i];
		const struct rule *rule = candidate_claim(draft->node, c);

		if (!rule || draft_skip(draft, c, place))
			continue;
		if (rule->line)
			snprintf(place, sizeof(place), "/%.200s:%u", rule->source, rule->line);
		else
			snprintf(place, sizeof(place), "the kernel command line");
		r = draft_select(draft, c, place);
	}
	return r;
}
