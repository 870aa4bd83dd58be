/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `gpuclaimctl nova show`: what Nova is to be told, for people, tools and programs. */
#include "ctl/nova/show.h"

#include <string.h>

#include "ctl/nova/apply.h"
#include "ctl/nova/ask.h"
#include "ctl/nova/controller.h"
#include "ctl/nova/options.h"
#include "ctl/print/json.h"
#include "helper/base/root.h"
#include "nova/tell/format.h"
#include "nova/tell/guest.h"
#include "nova/tell/json.h"

static void add_properties(struct json_object *to, const char *key,
			   const struct nova_properties *properties)
{
	struct json_object *object = json_add_object(to, key);

	for (size_t i = 0; i < properties->n; i++)
		json_add_text(object, properties->property[i].key, properties->property[i].value);
}

static void add_guests(struct json_object *to, const struct nova_plan *plan)
{
	struct json_object *flavors = json_add_object(to, "flavor");
	struct json_object *images = json_add_object(to, "image");
	struct nova_properties properties;

	for (size_t i = 0; i < plan->n_aliases; i++) {
		nova_flavor_properties(&plan->alias[i], 1, &properties);
		add_properties(flavors, plan->alias[i].name, &properties);
	}
	if (nova_fabric_properties(plan, &properties))
		add_properties(to, "fabric_flavor", &properties);
	for (unsigned i = 0; i < _NOVA_GUEST_COUNT; i++) {
		enum nova_guest guest = (enum nova_guest)i;

		if (!nova_guest_is_wanted(guest, &plan->options) ||
		    !nova_guest_is_possible(guest, plan->options.release))
			continue;
		nova_image_properties(plan, guest, &properties);
		add_properties(images, nova_guest_word(guest), &properties);
	}
}

/* What Nova will report to Placement: one provider a GPU, below the compute node's. */
static int add_providers(struct json_object *to, const struct nova_plan *plan)
{
	struct json_object *providers = json_add_array(to, "providers");
	struct text_list traits _cleanup_(text_list_free) = {0};
	int r = nova_options_traits(&plan->options, &traits);
	char suffix[NOVA_PROVIDER_MAX], resource_class[NOVA_RESOURCE_CLASS_MAX];

	for (size_t i = 0; plan->options.placement && i < plan->n_specs; i++) {
		struct json_object *one = json_object_new_object();

		json_add_text(one, "name_suffix", nova_provider_suffix(&plan->spec[i], suffix));
		json_add_text(one, "resource_class",
			      nova_resource_class(plan->spec[i].id, resource_class));
		json_add_number(one, "total", 1);
		json_add_texts(one, "traits", &traits);
		json_append(providers, one);
	}
	return r;
}

static int add_libvirt(struct json_object *to, const struct nova_plan *plan)
{
	struct json_object *libvirt = json_add_array(to, "libvirt");
	struct text_list hostdevs _cleanup_(text_list_free) = {0};
	int r = nova_libvirt_hostdevs(plan, &hostdevs);

	for (size_t i = 0; i < hostdevs.n && r == 0; i++)
		json_append_text(libvirt, hostdevs.text[i]);
	return r;
}

static int print_json(const struct nova_plan *plan)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	const struct nova_options *options = &plan->options;

	json_add_number(top, "version", 1);
	json_add_text(top, "release", nova_release_name(options->release));
	json_add_text(top, "device_spec_option", nova_spec_option(options->release));
	json_add(top, "device_spec", nova_json_specs(plan));
	json_add(top, "alias", nova_json_aliases(plan));
	json_add(top, "schedulable", nova_json_schedulable(plan));
	json_add_bool(top, "report_in_placement", options->placement);
	json_add_bool(top, "pci_in_placement",
		      options->placement && nova_accepts(options->release, NOVA_PCI_IN_PLACEMENT));
	if (add_providers(top, plan) < 0)
		return -ENOMEM;
	add_guests(top, plan);
	if (add_libvirt(top, plan) < 0)
		return -ENOMEM;
	json_add_texts(top, "notes", &plan->notes);
	return json_print(top, stdout);
}

/**
 * struct wish - how it is shown
 * @controller:	for the controller, not for a node
 */
struct wish {
	struct nova_options options;
	enum nova_format format;
	bool controller;
};

static int print(const struct nova_plan *plan, const struct wish *wish, const char *dropin)
{
	const enum nova_format format = wish->format;
	int r = 0;

	if (format == NOVA_FORMAT_JSON)
		r = print_json(plan);
	else if (format == NOVA_FORMAT_CONF && !wish->controller)
		fputs(dropin, stdout);
	else
		r = nova_format_print(plan, format, wish->controller, stdout);
	for (size_t i = 0; i < plan->notes.n && format != NOVA_FORMAT_JSON && r == 0; i++)
		nova_say("%s", plan->notes.text[i]);
	return r;
}

/* Told where it is not so. */
static bool has_ready(const struct nova_plan *plan, const struct wish *wish)
{
	if (plan->n_aliases == 0)
		nova_say("no GPU is ready for Nova; `gpuclaimctl status` says why");
	else if (plan->n_specs == 0 && !wish->controller)
		nova_say("no GPU is ready: `gpuclaimctl status` says why");
	else
		return true;
	return false;
}

/* Return: 0, or -EINVAL having told why. */
static int parse(const struct invocation *invocation, struct wish *wish)
{
	const char *word = invocation->value[OPTION_FORMAT], *whom = invocation->value[OPTION_FOR];

	wish->format = invocation->json ? NOVA_FORMAT_JSON : NOVA_FORMAT_CONF;
	if (word && nova_format_parse(word, &wish->format) < 0) {
		nova_say(
			"--format: expected conf, json, kolla, puppet, osa, juju, helm, sunbeam or edpm, not \"%s\"",
			word);
		return -EINVAL;
	}
	wish->controller = whom && strcmp(whom, "controller") == 0;
	if (whom && !wish->controller && strcmp(whom, "compute") != 0) {
		nova_say("--for: expected compute or controller, not \"%s\"", whom);
		return -EINVAL;
	}
	if (*invocation->files && !wish->controller) {
		nova_say("show: %s: files are for --for controller", *invocation->files);
		return -EINVAL;
	}
	return nova_options_parse(invocation, &wish->options);
}

/* What is pasted by hand may stop nova-compute as well. */
static int ask(const struct nova_question *question, struct nova_plan *plan,
	       struct nova_dropin_change *change)
{
	int r = nova_ask_render(question, plan, change);

	for (size_t i = 0; i < change->notes.n && r == 0; i++)
		r = text_list_add(&plan->notes, "%s", change->notes.text[i]);
	return r;
}

static int look(const struct root *root, struct wish *wish, struct nova_plan *plan,
		struct nova_dropin_change *change)
{
	struct node node _cleanup_(node_free) = {0};
	int r = nova_plan_look(root, &wish->options, NULL, &node, plan);

	return r < 0 ? r
		     : ask(&(struct nova_question){root, wish->options.release,
						   &node.assessment.machine, plan},
			   plan, change);
}

enum exit_code nova_show(const struct invocation *invocation)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	struct nova_plan plan _cleanup_(nova_plan_free) = {0};
	struct wish wish;
	int r = nova_dropin_read(invocation->root, &change);

	if (r < 0)
		return problem_exit_code(nova_cannot("the drop-in that is there can't be read", r));
	nova_options_of(change.before, &wish.options);
	if (parse(invocation, &wish) < 0)
		return EXIT_CODE_USAGE;
	if (*invocation->files) {
		enum problem problem;

		r = nova_show_controller(invocation, &wish.options, &problem);
		return r < 0 ? problem_exit_code(problem) : EXIT_CODE_OK;
	}
	r = look(invocation->root, &wish, &plan, &change);
	if (r == -EOPNOTSUPP) {
		nova_say("%s", nova_plan_refusal(invocation->root, &wish.options));
		return EXIT_CODE_USAGE;
	}
	if (r < 0)
		return problem_exit_code(nova_cannot("the node can't be looked at", r));
	if (change.refusal) {
		nova_say("%s", change.refusal);
		return EXIT_CODE_REFUSED;
	}
	r = print(&plan, &wish, change.after);
	if (r < 0)
		return problem_exit_code(nova_cannot("it can't be printed", r));
	return has_ready(&plan, &wish) ? EXIT_CODE_OK : EXIT_CODE_NOT_READY;
}
