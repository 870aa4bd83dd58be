/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb explain: the whole chain for one function, and for the GPU that it comes along with. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/explain/explanation.h"
#include "ctl/explain/outcome.h"
#include "ctl/forecast/forecast.h"
#include "ctl/verb.h"

/* "01:00.0" is short for "0000:01:00.0", as lspci has it. */
static int parse(const char *operand, struct pci_address *ret)
{
	char full[PCI_ADDRESS_MAX + 5];

	if (pci_address_parse(operand, ret) == 0)
		return 0;
	(void)snprintf(full, sizeof(full), "0000:%s", operand);
	return strlen(operand) < PCI_ADDRESS_MAX ? pci_address_parse(full, ret) : -EINVAL;
}

static void tell_gpus(const char *operand, const struct assessment *a)
{
	char address[PCI_ADDRESS_MAX];
	const char *separator = "the GPUs are";

	fprintf(stderr, "gpuclaimctl: explain: %s: there is no such PCI function; ", operand);
	for (size_t u = 0; u < a->units.n_units; u++) {
		fprintf(stderr, "%s %s", separator,
			pci_address_format(&a->machine.function[a->units.unit[u].gpu].id.address,
					   address));
		separator = ",";
	}
	fputs(a->units.n_units ? "\n" : "there is no GPU\n", stderr);
}

static int explain(struct status *status, const struct assessment *future, size_t function,
		   struct explanation *ret)
{
	const struct machine *machine = &status->node.assessment.machine;
	struct chain chain = {.status = status, .future = future};
	int r;

	chain_find(&chain, function);
	ret->address = ret->gpu = machine->function[function].id.address;
	ret->has_gpu = chain.unit;
	if (chain.unit)
		ret->gpu = machine->function[chain.unit->gpu].id.address;
	r = chain_tell(&chain, ret);
	if (r == 0)
		r = outcome_tell(&chain, ret);
	return r == 0 && ret->failed ? -ENOMEM : r;
}

/* Each of them is of another function; the last one may be none. */
static int print(const struct invocation *invocation, const struct machine *machine,
		 const struct explanation *explanation, size_t n)
{
	_cleanup_(json_free) struct json_object *report = json_object_new_object();
	struct json_object *functions;
	int r = 0;

	if (invocation->json) {
		json_add_number(report, "version", 1);
		functions = json_add_array(report, "functions");
		for (size_t i = 0; i < n; i++)
			explanation_add_json(functions, &explanation[i], invocation->root, machine);
		return json_print(report, stdout);
	}
	for (size_t i = 0; i < n && r == 0; i++) {
		fputs(i ? "\n" : "", stdout);
		r = explanation_print(&explanation[i], invocation->root, machine, stdout);
	}
	return r;
}

static int explain_all(const struct invocation *invocation, struct status *status,
		       const struct assessment *future, size_t function)
{
	const struct machine *machine = &status->node.assessment.machine;
	struct explanation explanation[2] = {0};
	size_t n = 1;
	int r = explain(status, future, function, &explanation[0]);

	if (r == 0 && pci_address_compare(&explanation[0].address, &explanation[0].gpu) != 0)
		r = explain(status, future, machine_find(machine, &explanation[0].gpu),
			    &explanation[n++]);
	if (r == 0)
		r = print(invocation, machine, explanation, n);
	explanation_free(&explanation[0]);
	explanation_free(&explanation[1]);
	return r;
}

static int foresee_and_explain(const struct invocation *invocation, struct status *status,
			       size_t function)
{
	struct assessment future _cleanup_(assessment_free) = {0};
	int r = forecast_next_boot(status->root, &status->node.assessment.machine,
				   &status->node.boot, &future);

	return r < 0 && r != -ENODATA
		       ? r
		       : explain_all(invocation, status, r < 0 ? NULL : &future, function);
}

/* Return: 0; 1: there is no such function, which is told; or a negative errno. */
static int look(const struct invocation *invocation, const struct pci_address *address)
{
	struct status status = {.root = invocation->root, .hinted = true};
	size_t function;
	int r = status_read(&status, 0);

	if (r < 0)
		return r;
	function = machine_find(&status.node.assessment.machine, address);
	if (function == NO_FUNCTION) {
		tell_gpus(invocation->operand, &status.node.assessment);
		r = 1;
	} else {
		r = foresee_and_explain(invocation, &status, function);
	}
	status_free(&status);
	return r;
}

static enum exit_code run(const struct invocation *invocation)
{
	struct pci_address address;
	int r;

	if (parse(invocation->operand, &address) < 0) {
		fprintf(stderr,
			"gpuclaimctl: explain: expected an address as in 0000:01:00.0, not \"%s\"\n",
			invocation->operand);
		return EXIT_CODE_USAGE;
	}
	r = look(invocation, &address);
	if (r == 0)
		return EXIT_CODE_OK;
	if (r > 0)
		return EXIT_CODE_REFUSED;
	fprintf(stderr, "gpuclaimctl: explain: the node can't be looked at: %s\n", strerror(-r));
	return EXIT_CODE_FAILED;
}

static const struct accepted options[] = {
	{.option = OPTION_ROOT},
	{.option = OPTION_JSON},
};

const struct verb verb_explain = {
	.name = "explain",
	.summary = "everything about one function, and what to do next",
	.about =
		"Show what one PCI function is, which line selects it or why none does, what has it and\n"
		"what would take it, its IOMMU group as a tree with the ports above, the verdict of this\n"
		"boot and of the next, what Nova is told, and the next step. Below each fact is the file\n"
		"that it was read from, or in parentheses the rows that it follows from, or the command\n"
		"that tells more of it. A companion is shown with its GPU. An address without a domain,\n"
		"such as 01:00.0, means domain 0000.",
	.exits =
		"0 done; 1 the node can't be looked at; 2 wrong usage; 4 there is no such function here.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.operand = "ADDRESS",
	.run = run,
};
