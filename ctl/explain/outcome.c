/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/explain/outcome.h"

#include <stdio.h>
#include <string.h>

#include "ctl/guests/guests.h"
#include "ctl/hints/hints.h"
#include "ctl/machine/attributes.h"
#include "ctl/nova/controller.h"
#include "ctl/nova/facts.h"
#include "ctl/verify/dropin_path.h"
#include "helper/base/pci_attribute.h"
#include "nova/tell/guest.h"
#include "nova/tell/json.h"

#define LIST_MAX 512
/* Where a fact is from that is in no file: who tells more of it. */
#define BY_STATUS "(gpuclaimctl status)"
#define BY_NOVA	  "(gpuclaimctl nova show)"
#define BY_SPEC	  "(rows nova-device-spec and role)"

static const struct device_result *result_of(const struct chain *chain)
{
	return chain->device == SIZE_MAX ? NULL : &chain->status->readiness.device[chain->device];
}

static bool is_selected(const struct chain *chain)
{
	return chain->device != SIZE_MAX && chain->status->node.device[chain->device].selected;
}

static void tell_record(const struct chain *chain, struct explanation *to)
{
	const struct machine *machine = &chain->status->node.assessment.machine;
	char path[64], a[PCI_ADDRESS_MAX];
	struct record record;
	int r = record_read(chain->status->root, &chain_function(chain)->id.address,
			    machine->boot_id, &record);

	(void)snprintf(path, sizeof(path), RECORD_DIR "/%s",
		       pci_address_format(&chain_function(chain)->id.address, a));
	if (r == 0)
		explain_say(to, "verdict-now", path, "%s: %s", verdict_name(record.verdict),
			    record.why);
	else if (root_is_absent(r))
		explain_say(to, "verdict-now", path, "none: this boot has no record of it");
	else
		explain_unknown(to, "verdict-now", path, r);
}

static void tell_decision(const struct chain *chain, const struct assessment *a, const char *id,
			  const char *file, struct explanation *to)
{
	const struct outcome *o = decision_of(&a->decision, chain->function);

	if (o)
		explain_say(to, id, file, "%s: %s", verdict_name(o->verdict), o->why);
	else
		explain_say(to, id, file, "none: %sno line names it",
			    function_is_nvswitch(&chain_function(chain)->id)
				    ? ""
				    : "it is no GPU, and ");
}

/* Where its kernel arguments are not known, what those of this boot would do. */
static void tell_next_boot(const struct chain *chain, struct explanation *to)
{
	if (chain->future) {
		tell_decision(chain, chain->future, "verdict-next-boot",
			      "(gpuclaimctl kargs show, line \"next boot\")", to);
		return;
	}
	explain_unknown(to, "verdict-next-boot", "(gpuclaimctl kargs show)", 0);
	tell_decision(chain, &chain->status->node.assessment, "verdict-as-booted",
		      "(gpuclaim boot --dry-run)", to);
}

static void tell_ready(const struct chain *chain, struct explanation *to)
{
	const struct device_result *result = result_of(chain);
	char list[REASONS_MAX * REASON_MAX] = "";

	if (!result) {
		explain_say(to, "ready", BY_STATUS, "no: gpuclaim leaves it to the host");
		return;
	}
	for (unsigned i = 0; i < result->n_reasons; i++)
		text_join(list, sizeof(list), "; ", result->reason[i]);
	to->ready = result->ready;
	explain_say(to, "ready", BY_STATUS, "%s%s", result->ready ? "yes" : "no: ", list);
}

static void tell_use(const struct chain *chain, struct explanation *to)
{
	const struct gpu_use *use = &chain->status->use[chain->device];
	char text[GPU_USE_TEXT_MAX];

	if (use->state == USE_UNKNOWN)
		explain_unknown(to, "in-use", "proc", 0);
	else
		explain_say(to, "in-use", "proc", "%s",
			    use->state == USE_GUEST ? gpu_use_format(use, text) : "by no guest");
}

static const char *source_of(const struct hint *hint, char path[static PCI_PATH_MAX])
{
	return strchr("/(", hint->source[0]) ? hint->source
					     : pci_attribute_path(&hint->gpu, hint->source, path);
}

/* Of a pair either one. */
static void tell_hints(const struct chain *chain, struct explanation *to)
{
	const struct hints *hints = &chain->status->hints;
	const struct pci_address *address = &chain_function(chain)->id.address;

	for (size_t i = 0; i < hints->n; i++) {
		const struct hint *hint = &hints->hint[i];
		bool first = pci_address_compare(&hint->gpu, address) == 0;
		const struct pci_address *other = first ? &hint->peer : &hint->gpu;
		char a[PCI_ADDRESS_MAX], path[PCI_PATH_MAX];

		if (!first && !(hint->has_peer && pci_address_compare(&hint->peer, address) == 0))
			continue;
		explain_say(to, "hint", source_of(hint, path), "%s%s%s, %s: %s", hint->id,
			    hint->has_peer ? " with " : "",
			    hint->has_peer ? pci_address_format(other, a) : "",
			    hint_state_name(hint->state), hint->text);
	}
}

static void tell_bars(const struct chain *chain, struct explanation *to)
{
	const struct pci_address *address = &chain_function(chain)->id.address;
	char path[PCI_PATH_MAX], list[ATTRIBUTE_BARS * SIZE_TEXT_MAX] = "", size[SIZE_TEXT_MAX];
	struct attributes attributes;

	attributes_read(chain->status->root, address, &attributes);
	pci_attribute_path(address, "resource", path);
	for (size_t i = 0; i < ATTRIBUTE_BARS; i++)
		if (attributes.bar[i].size_bytes)
			text_join(list, sizeof(list), ", ",
				  size_format(attributes.bar[i].size_bytes, size));
	if (attributes.has_bars)
		explain_say(to, "bars", path, "%s", *list ? list : "none");
	else
		explain_unknown(to, "bars", path, 0);
	pci_attribute_path(address, "reset_method", path);
	if (attributes.has_resets)
		explain_say(to, "reset-methods", path, "%s",
			    attributes.resets[0] ? attributes.resets : "none");
	else
		explain_unknown(to, "reset-methods", path, 0);
}

static void tell_guest(const struct nova_plan *plan, const struct nova_spec *spec,
		       struct explanation *to)
{
	struct nova_properties properties;
	char list[LIST_MAX] = "", a[PCI_ADDRESS_MAX], b[PCI_ADDRESS_MAX];

	nova_image_properties(plan, NOVA_GUEST_LINUX, &properties);
	for (size_t i = 0; i < properties.n; i++) {
		text_join(list, sizeof(list), " ", properties.property[i].key);
		text_join(list, sizeof(list), "=", properties.property[i].value);
	}
	explain_say(to, "guest-image", BY_NOVA, "%s", list);
	explain_say(to, "guest-hostdev", BY_SPEC, "%s%s%s", pci_address_format(&spec->address, a),
		    spec->has_audio ? "; a guest of libvirt's own gets its audio function, too: "
				    : "",
		    spec->has_audio ? pci_address_format(&spec->audio, b) : "");
}

/* @from: where the options of the alias are written, or who tells of it */
static int tell_spec(const struct nova_plan *plan, size_t i, const char *from,
		     struct explanation *to)
{
	_cleanup_(nova_json_free) struct json_object *json = nova_json_spec(plan, i);
	const struct nova_spec *spec = &plan->spec[i];
	const struct nova_alias *alias = &plan->alias[spec->alias];
	const char *text = json ? nova_json_text(json) : NULL;
	char resource[NOVA_RESOURCE_CLASS_MAX];

	if (!text)
		return -ENOMEM;
	explain_say(to, "nova-device-spec", BY_NOVA, "%s", text);
	explain_say(to, "nova-alias", from, "%s, %s", alias->name, nova_alias_type(alias));
	if (plan->options.placement)
		explain_say(to, "nova-resource-class", from, "%s",
			    nova_resource_class(spec->id, resource));
	tell_guest(plan, spec, to);
	return 0;
}

/* Is it the GPU, or its audio function? Others are never listed. */
static size_t find_spec(const struct nova_plan *plan, const struct chain *chain)
{
	const struct pci_address *address = &chain_function(chain)->id.address;

	if (chain->unit)
		address = &chain->status->node.assessment.machine.function[chain->unit->gpu]
				   .id.address;
	for (size_t i = 0; i < plan->n_specs; i++)
		if (pci_address_compare(&plan->spec[i].address, address) == 0)
			return i;
	return SIZE_MAX;
}

static int tell_nova(const struct chain *chain, struct explanation *to)
{
	const struct status *status = chain->status;
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	struct nova_options options = {0};
	_cleanup_free_ char *path = NULL;
	size_t i;
	int r;

	if (nova_dropin_path(status->root, &path) == 0)
		nova_options_read(status->root, path, &options);
	r = nova_plan_read(status->root, &status->node, &status->readiness, &options, &plan);
	explain_say(to, "nova-drop-in", path ? path : NOVA_DROPIN_PATH, "%s",
		    status->nova.has_dropin ? "there is one" : "there is none");
	if (r == -EOPNOTSUPP) {
		explain_unknown(to, "nova-device-spec", BY_NOVA, 0);
		return 0;
	}
	if (r < 0)
		return r;
	i = find_spec(&plan, chain);
	if (i != SIZE_MAX)
		return tell_spec(&plan, i, status->nova.has_dropin && path ? path : BY_NOVA, to);
	explain_say(to, "nova-device-spec", BY_NOVA,
		    "none: Nova gets only GPUs that are selected and ready");
	return 0;
}

/* "see group-viable": that check has the remedy. */
static const char *remedy_of(const struct readiness *readiness, const struct check *check)
{
	const char *word = check->remedy + strlen("see ");
	size_t n = strcspn(word, ":");

	if (!check->remedy[0])
		return check->message;
	for (size_t i = 0; i < readiness->n_checks && strncmp(check->remedy, "see ", 4) == 0; i++) {
		const struct check *other = &readiness->check[i];

		if (other != check && other->remedy[0] && strlen(other->id) == n &&
		    strncmp(other->id, word, n) == 0)
			return other->remedy;
	}
	return check->remedy;
}

/* The first check that fails if only this GPU is looked at; what explains most comes first. */
static int ask_checks(const struct chain *chain, char *buf, size_t size)
{
	const struct status *status = chain->status;
	struct facts facts = status->node.facts;
	struct policy policy = *facts.policy;
	struct readiness readiness;
	_cleanup_free_ struct device_facts *device = calloc(facts.n_devices + 1, sizeof(*device));
	int r;

	if (!device)
		return -ENOMEM;
	memcpy(device, facts.device, facts.n_devices * sizeof(*device));
	for (size_t i = 0; i < facts.n_devices; i++)
		device[i].selected =
			device[i].selected &&
			pci_address_compare(&device[i].gpu, &device[chain->device].gpu) == 0;
	policy.settings.expect = EXPECT_ANY;
	facts.policy = &policy;
	facts.device = device;
	facts.n_lost = facts.n_absent = 0;
	r = readiness_judge(&facts, &readiness);
	if (r < 0)
		return r;
	if (readiness.first)
		(void)snprintf(buf, size, "%s", remedy_of(&readiness, readiness.first));
	readiness_free(&readiness);
	return 0;
}

static bool is_chosen(const struct rule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rules[i].kind == RULE_CLAIM)
			return true;
	return false;
}

/* Beside lines that select others: setup's own file would be written anew, without those. */
static void advise_choice(const struct chain *chain, char *buf, size_t size)
{
	const struct policy *policy = chain->status->node.facts.policy;
	const struct function *f = chain_function(chain);
	char address[PCI_ADDRESS_MAX], text[RULE_TEXT_MAX];
	struct rule rule = {.kind = RULE_CLAIM, .has_id = true, .has_address = true};

	if (chain->unit)
		f = &chain->status->node.assessment.machine.function[chain->unit->gpu];
	rule.id = f->id.id;
	rule.address = f->id.address;
	if (is_chosen(policy->rules, policy->n_rules) || policy->n_disarmed)
		(void)snprintf(
			buf, size,
			"if guests are to have it: add the line \"%s\" to /etc/gpuclaim/gpuclaim.conf, then gpuclaimctl setup",
			rule_format(&rule, text));
	else
		(void)snprintf(buf, size,
			       "if guests are to have it: gpuclaimctl setup --addresses=%s",
			       pci_address_format(&rule.address, address));
}

static void advise_unselected(const struct chain *chain, char *buf, size_t size)
{
	const struct unit *unit = chain->unit;
	const struct check *first = chain->status->readiness.first;
	char place[RULE_PLACE_MAX];

	if (!unit && chain->device != SIZE_MAX && first)
		(void)snprintf(buf, size, "%s", remedy_of(&chain->status->readiness, first));
	else if (!unit && function_is_nvswitch(&chain_function(chain)->id))
		advise_choice(chain, buf, size);
	else if (!unit)
		(void)snprintf(buf, size, "nothing: gpuclaim takes GPUs and their companions only");
	else if (unit->skip)
		(void)snprintf(buf, size, "if guests are to have it, take %s out and reboot",
			       rule_place(unit->skip, place));
	else if (unit->mismatch)
		(void)snprintf(buf, size, "correct %s: the IDs that are there now are above",
			       rule_place(unit->mismatch, place));
	else if ((unit->disarmed || unit->claim) && first)
		(void)snprintf(buf, size, "%s", remedy_of(&chain->status->readiness, first));
	else
		advise_choice(chain, buf, size);
}

/* Where a line is wrong, none counts: what is selected shows only then. */
static void advise_configuration(const struct status *status, char *buf, size_t size)
{
	const struct readiness *readiness = &status->readiness;

	for (size_t i = 0; i < readiness->n_checks && !status->node.facts.policy->valid; i++) {
		const struct check *check = &readiness->check[i];

		if (strcmp(check->id, "configuration") == 0)
			(void)snprintf(buf, size, "%s", remedy_of(readiness, check));
	}
}

static int advise(const struct chain *chain, struct explanation *to)
{
	char buf[MESSAGE_MAX + REMEDY_MAX] = "";
	int r = 0;

	advise_configuration(chain->status, buf, sizeof(buf));
	if (!*buf && !is_selected(chain))
		advise_unselected(chain, buf, sizeof(buf));
	else if (!*buf && !result_of(chain)->ready)
		r = ask_checks(chain, buf, sizeof(buf));
	else if (!*buf)
		(void)snprintf(buf, sizeof(buf), "%s",
			       chain->status->nova.has_dropin
				       ? NOVA_ON_CONTROLLER
				       : "tell Nova: gpuclaimctl nova apply");
	if (r == 0 && *buf) {
		to->next = strdup(buf);
		to->failed |= !to->next;
	}
	return r;
}

int outcome_tell(const struct chain *chain, struct explanation *to)
{
	int r;

	tell_record(chain, to);
	tell_next_boot(chain, to);
	tell_ready(chain, to);
	if (chain->device != SIZE_MAX)
		tell_use(chain, to);
	tell_bars(chain, to);
	r = tell_nova(chain, to);
	tell_hints(chain, to);
	return r < 0 ? r : advise(chain, to);
}
