/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/text.h"

#include <stdio.h>
#include <string.h>

#include "ctl/guests/tell.h"
#include "ctl/machine/names.h"
#include "ctl/nova/controller.h"

const char *const status_columns[] = {
	"ADDRESS", "ROLE", "ID", "GROUP", "DRIVER", "VERDICT", "READY", "NAME", NULL,
};

static enum colour state_colour(enum check_state state)
{
	switch (state) {
	case STATE_PASS:
		return COLOUR_GOOD;
	case STATE_WARN:
		return COLOUR_CAUTION;
	case STATE_FAIL:
		return COLOUR_BAD;
	case STATE_SKIP:
		break;
	}
	return COLOUR_NONE;
}

static void print_headline(const struct readiness *readiness, bool coloured, FILE *to)
{
	if (readiness->ready) {
		colour_print(to, coloured, COLOUR_GOOD, "ready");
		fputc('\n', to);
	} else {
		colour_print(to, coloured, COLOUR_BAD, "not ready");
		fprintf(to, ": %s\n", readiness->first->message);
	}
}

/* Skipped for the same reason as another one? */
static bool same_skip(const struct check *a, const struct check *b)
{
	return a->state == STATE_SKIP && b->state == STATE_SKIP &&
	       strcmp(a->message, b->message) == 0;
}

static bool was_told(const struct readiness *readiness, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_skip(&readiness->check[k], &readiness->check[i]))
			return true;
	return false;
}

/* All that are skipped for one reason share a line. */
static void print_names(const struct readiness *readiness, size_t first, FILE *to)
{
	fputs(readiness->check[first].id, to);
	for (size_t i = first + 1; i < readiness->n_checks; i++)
		if (same_skip(&readiness->check[first], &readiness->check[i]))
			fprintf(to, ", %s", readiness->check[i].id);
}

static void print_checks(const struct readiness *readiness, bool verbose, bool coloured, FILE *to)
{
	for (size_t i = 0; i < readiness->n_checks; i++) {
		const struct check *check = &readiness->check[i];

		if ((check->state == STATE_PASS && !verbose) || was_told(readiness, i))
			continue;
		colour_print(to, coloured, state_colour(check->state),
			     check_state_name(check->state));
		fputs("  ", to);
		print_names(readiness, i, to);
		fprintf(to, ": %s\n", check->message);
		if (check->remedy[0])
			fprintf(to, "      %s\n", check->remedy);
	}
}

static void add_row(struct table *table, const struct status *status, struct names *names, size_t i)
{
	const struct node *g = &status->node;
	const struct device_facts *d = &g->device[i];
	const struct function *f = &g->assessment.machine.function[g->function[i]];
	char address[PCI_ADDRESS_MAX], name[2 * NAME_MAX_BYTES];
	bool ready = status->readiness.device[i].ready;

	table_add(table, COLOUR_NONE, pci_address_format(&d->address, address));
	table_add(table, COLOUR_NONE, !d->in_unit ? NULL : d->companion ? "companion" : "gpu");
	table_addf(table, "%04x:%04x", f->id.id.vendor, f->id.id.device);
	if (d->group < 0)
		table_add(table, COLOUR_NONE, NULL);
	else
		table_addf(table, "%d", d->group);
	table_add(table, COLOUR_NONE, d->driver);
	table_add(table, COLOUR_NONE, verdict_name(d->verdict));
	table_add(table,
		  !d->selected ? COLOUR_NONE
		  : ready      ? COLOUR_GOOD
			       : COLOUR_BAD,
		  !d->selected ? NULL
		  : ready      ? "yes"
			       : "no");
	table_add(table, COLOUR_NONE, names_both(names, f->id.id, name));
}

/* The checks name one device each; here is the rest. */
static void print_rest(const struct status *status, FILE *to)
{
	char address[PCI_ADDRESS_MAX];

	for (size_t i = 0; i < status->node.facts.n_devices; i++) {
		const struct device_facts *d = &status->node.device[i];
		const struct device_result *result = &status->readiness.device[i];

		for (size_t k = 0; d->selected && k < result->n_reasons; k++)
			fprintf(to, "%s: %s\n", pci_address_format(&d->address, address),
				result->reason[k]);
		gpu_use_print(&d->address, &status->use[i], to);
	}
}

/* The same is said of both: of two GPUs, or of one with two peers. */
static bool share_line(const struct hint *a, const struct hint *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->text, b->text) == 0 &&
	       (!a->has_peer || pci_address_compare(&a->gpu, &b->gpu) == 0);
}

static bool was_hinted(const struct hints *hints, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (share_line(&hints->hint[i], &hints->hint[k]))
			return true;
	return false;
}

/* "hint  link 0000:01:00.0, 0000:02:00.0: …", "hint  peer-to-peer 0000:01:00.0 with 0000:02:00.0:
 * …" */
static void print_hint(const struct hints *hints, size_t first, FILE *to)
{
	const struct hint *hint = &hints->hint[first];
	const char *separator = hint->has_peer ? " with " : " ";
	char a[PCI_ADDRESS_MAX];

	fprintf(to, "hint  %s", hint->id);
	if (hint->has_peer)
		fprintf(to, " %s", pci_address_format(&hint->gpu, a));
	for (size_t i = first; i < hints->n; i++) {
		const struct hint *other = &hints->hint[i];

		if (!share_line(hint, other))
			continue;
		fprintf(to, "%s%s", separator,
			pci_address_format(hint->has_peer ? &other->peer : &other->gpu, a));
		separator = ", ";
	}
	fprintf(to, ": %s\n", hint->text);
}

static void print_hints(const struct hints *hints, FILE *to)
{
	for (size_t i = 0; i < hints->n; i++)
		if (hints->hint[i].state == HINT_SLOWER && !was_hinted(hints, i))
			print_hint(hints, i, to);
}

/* Those that the check has no room for. */
static void print_errors(const struct policy *policy, const struct readiness *readiness, FILE *to)
{
	const char *told = "";

	for (size_t i = 0; i < readiness->n_checks; i++)
		if (strcmp(readiness->check[i].id, "configuration") == 0)
			told = readiness->check[i].message;
	for (size_t i = 0; i < policy->n_errors; i++)
		if (!strstr(told, policy->errors[i]))
			fprintf(to, "configuration: %s\n", policy->errors[i]);
}

int status_print_text(const struct status *status, bool verbose, const struct table_style *style,
		      FILE *to)
{
	struct table table __attribute__((cleanup(table_free))) = {0};
	_cleanup_names_ struct names *names = names_open(status->root);
	bool coloured = colour_wanted(to);
	int r;

	if (!names)
		return -ENOMEM;
	print_headline(&status->readiness, coloured, to);
	print_checks(&status->readiness, verbose, coloured, to);
	print_errors(status->node.facts.policy, &status->readiness, to);
	if (!status->node.facts.n_devices)
		return 0;

	table_init(&table, status_columns, style);
	for (size_t i = 0; i < status->node.facts.n_devices; i++)
		add_row(&table, status, names, i);
	r = table_print(&table, to);
	if (r == 0)
		print_rest(status, to);
	if (r == 0 && verbose)
		print_hints(&status->hints, to);
	if (r == 0 && status->readiness.ready && status->nova.has_dropin)
		fputs(NOVA_NEXT "\n", to);
	return r;
}
