/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/status/text.h"

#include <stdio.h>
#include <string.h>

#include "ctl/guests/tell.h"
#include "ctl/machine/names.h"
#include "ctl/nova/controller.h"
#include "ctl/print/terminal.h"
#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

#define INDENT 6 /* "warn  " */

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

/* The check has named the first; it is the first of all, so that the headline has it. */
static void print_more_errors(const struct policy *policy, const struct check *check, FILE *to)
{
	bool named = strcmp(check->id, "configuration") == 0;

	for (size_t i = 1; i < policy->n_errors && named; i++) {
		fprintf(to, "%*s", INDENT, "");
		paragraph_print(to, INDENT, INDENT, policy->errors[i]);
	}
}

/* "not ready: MESSAGE [CHECK]" */
static int print_headline(const struct status *status, bool coloured, FILE *to)
{
	const struct readiness *readiness = &status->readiness;
	_cleanup_free_ char *text = NULL;

	if (readiness->ready) {
		colour_print(to, coloured, COLOUR_GOOD, "ready");
		fputc('\n', to);
		return 0;
	}
	if (text_format(&text, "%s [%s]", readiness->first->message, readiness->first->id) < 0)
		return -ENOMEM;
	colour_print(to, coloured, COLOUR_BAD, "not ready");
	fputs(": ", to);
	paragraph_print(to, strlen("not ready: "), INDENT, text);
	print_more_errors(status->node.facts.policy, readiness->first, to);
	return 0;
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
static char *names_of(const struct readiness *readiness, size_t first)
{
	struct text_buffer text _cleanup_(text_buffer_free) = {0};

	text_add(&text, readiness->check[first].id);
	for (size_t i = first + 1; i < readiness->n_checks; i++)
		if (same_skip(&readiness->check[first], &readiness->check[i]))
			text_addf(&text, ", %s", readiness->check[i].id);
	return text_take_or_null(&text);
}

/* The check that a remedy such as "see group-viable" leads to, or NULL. */
static const struct check *seen_check(const struct readiness *readiness, const struct check *from)
{
	bool sees = strncmp(from->remedy, "see ", strlen("see ")) == 0;
	const char *id = sees ? from->remedy + strlen("see ") : "";
	size_t n = strcspn(id, " ,:;");

	for (size_t i = 0; i < readiness->n_checks; i++) {
		const struct check *check = &readiness->check[i];

		if (check != from && check->state == STATE_FAIL && check->remedy[0] &&
		    strlen(check->id) == n && strncmp(check->id, id, n) == 0)
			return check;
	}
	return NULL;
}

/* Whose remedy is the next step, which is told last; NULL: the node is ready. */
static const struct check *next_step(const struct readiness *readiness)
{
	const struct check *seen =
		readiness->ready ? NULL : seen_check(readiness, readiness->first);

	return seen ? seen : readiness->first;
}

static int print_check(const struct status *status, size_t i, bool coloured, FILE *to)
{
	const struct readiness *readiness = &status->readiness;
	const struct check *check = &readiness->check[i], *next = next_step(readiness);
	_cleanup_free_ char *names = names_of(readiness, i), *text = NULL;

	if (!names || asprintf(&text, "%s: %s", names, check->message) < 0)
		return -ENOMEM;
	colour_print(to, coloured, state_colour(check->state), check_state_name(check->state));
	fputs("  ", to);
	paragraph_print(to, INDENT, INDENT, text);
	if (check->remedy[0] && !(next && strcmp(check->remedy, next->remedy) == 0)) {
		fprintf(to, "%*s", INDENT, "");
		paragraph_print(to, INDENT, INDENT, check->remedy);
	}
	return 0;
}

/* What passes or was not looked at is for those who ask for all; the headline has the first. */
static bool is_of_interest(const struct readiness *readiness, size_t i)
{
	const struct check *check = &readiness->check[i];

	return check != readiness->first &&
	       (check->state == STATE_WARN || check->state == STATE_FAIL);
}

static int print_checks(const struct status *status, bool verbose, bool coloured, FILE *to)
{
	const struct readiness *readiness = &status->readiness;
	int r = 0;

	for (size_t i = 0; i < readiness->n_checks && r == 0; i++)
		if (verbose ? !was_told(readiness, i) : is_of_interest(readiness, i))
			r = print_check(status, i, coloured, to);
	return r;
}

static void print_next(const struct status *status, bool coloured, FILE *to)
{
	const struct readiness *readiness = &status->readiness;
	const struct check *next = next_step(readiness);

	if (readiness->ready && status->nova.has_dropin)
		paragraph_print(to, 0, 0, NOVA_NEXT);
	if (!next || !next->remedy[0])
		return;
	colour_print(to, coloured, COLOUR_BOLD, "next");
	fputs(": ", to);
	paragraph_print(to, INDENT, INDENT, next->remedy);
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
	table_add(table, COLOUR_NONE,
		  table_shows_next(table) ? names_both(names, f->id.id, name) : NULL);
}

static void print_reason(const struct pci_address *at, const char *reason, FILE *to)
{
	char address[PCI_ADDRESS_MAX];

	fprintf(to, "%s: ", pci_address_format(at, address));
	paragraph_print(to, strlen(address) + 2, INDENT, reason);
}

/* The checks name one device each; here is the rest. */
static void print_rest(const struct status *status, FILE *to)
{
	for (size_t i = 0; i < status->node.facts.n_devices; i++) {
		const struct device_facts *d = &status->node.device[i];
		const struct device_result *result = &status->readiness.device[i];

		for (size_t k = 0; d->selected && k < result->n_reasons; k++)
			print_reason(&d->address, result->reason[k], to);
		gpu_use_print(&d->address, &status->use[i], to);
	}
}

/* Both have the same text: two GPUs, or one with two peers. */
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

int status_print_text(const struct status *status, bool verbose, const struct table_style *style,
		      FILE *to)
{
	struct table table _cleanup_(table_free) = {0};
	_cleanup_(names_close) struct names *names = names_open(status->root);
	bool coloured = colour_wanted(to);
	int r;

	if (!names)
		return -ENOMEM;
	if (print_headline(status, coloured, to) < 0 ||
	    print_checks(status, verbose, coloured, to) < 0)
		return -ENOMEM;
	table_init(&table, status_columns, style);
	for (size_t i = 0; i < status->node.facts.n_devices; i++)
		add_row(&table, status, names, i);
	r = status->node.facts.n_devices ? table_print(&table, to) : 0;
	if (r < 0)
		return r;
	print_rest(status, to);
	if (verbose)
		print_hints(&status->hints, to);
	print_next(status, coloured, to);
	return 0;
}
