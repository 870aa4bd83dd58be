/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/verify/text.h"

#include <string.h>

#include "ctl/print/terminal.h"
#include "nova/rules/release.h"

const char *const nova_verify_columns[] = {
	"ADDRESS", "ID", "TYPE", "DRIVER", "READY", "DEVICE_SPEC", NULL,
};

#define INDENT 6 /* "warn  " */

/* In one line of text: values may go over several. */
static void print_line(const char *text, size_t used, FILE *to)
{
	_cleanup_free_ char *line = strdup(text);

	for (char *c = line; c && *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	paragraph_print(to, used, INDENT, line ? line : "?");
}

static void print_headline(const struct verification *v, bool coloured, FILE *to)
{
	const struct finding *failed = findings_failed(&v->judgement.findings);
	bool doubts = nova_judgement_doubts(&v->judgement);

	colour_print(to, coloured,
		     failed   ? COLOUR_BAD
		     : doubts ? COLOUR_CAUTION
			      : COLOUR_GOOD,
		     failed   ? "not in order"
		     : doubts ? "in order, as far as is known"
			      : "in order");
	if (failed) {
		fputs(": ", to);
		print_line(failed->message, strlen("not in order: "), to);
	} else {
		fputc('\n', to);
	}
	fprintf(to, "%s%s\n", nova_release_name(v->facts.release),
		v->nova.guessed ? ", as no Nova is installed here; --release names another" : "");
}

static enum colour colour_of(enum check_state state)
{
	static const enum colour colours[] = {
		[STATE_PASS] = COLOUR_GOOD,
		[STATE_WARN] = COLOUR_CAUTION,
		[STATE_FAIL] = COLOUR_BAD,
		[STATE_SKIP] = COLOUR_NONE,
	};

	return colours[state];
}

static void print_files(const char *service, const struct effective *files, FILE *to)
{
	if (!files)
		fprintf(to, "%s is not on this node\n", service);
	for (size_t i = 0; files && i < files->config.n; i++)
		fprintf(to, "read by %s: %s\n", service, files->config.file[i].path);
}

static void print_findings(const struct verification *v, bool verbose, bool coloured, FILE *to)
{
	for (size_t i = 0; i < v->judgement.findings.n; i++) {
		const struct finding *f = &v->judgement.findings.finding[i];

		if ((f->state == STATE_PASS || f->state == STATE_SKIP) && !verbose)
			continue;
		colour_print(to, coloured, colour_of(f->state), check_state_name(f->state));
		fprintf(to, "  %s: ", f->id);
		print_line(f->message, INDENT + strlen(f->id) + 2, to);
		if (f->remedy) {
			fprintf(to, "%*s", INDENT, "");
			paragraph_print(to, INDENT, INDENT, f->remedy);
		}
	}
	for (size_t i = 0; i < v->nova.effective.config.n && verbose; i++)
		fprintf(to, "read: %s\n", v->nova.effective.config.file[i].path);
	if (verbose) {
		print_files("nova-api", v->facts.api, to);
		print_files("nova-scheduler", v->facts.scheduler, to);
	}
}

static void add_row(struct table *table, const struct verification *v, size_t i)
{
	const struct nova_judgement *j = &v->judgement;
	const struct nova_device *d = &v->nova.host.device[i];
	size_t at = verify_find_unit(&v->facts, d);
	char a[PCI_ADDRESS_MAX], place[OSLO_PLACE_MAX];
	bool unit = at != SIZE_MAX, ready = unit && v->facts.results[at].ready;

	table_add(table, COLOUR_NONE, pci_address_format(&d->address, a));
	table_addf(table, "%04x:%04x", d->id.vendor, d->id.device);
	table_add(table, COLOUR_NONE, nova_type_name(d->type));
	table_add(table, COLOUR_NONE, v->nova.driver[i]);
	table_add(table,
		  !unit	  ? COLOUR_NONE
		  : ready ? COLOUR_GOOD
			  : COLOUR_BAD,
		  !unit	  ? NULL
		  : ready ? "yes"
			  : "no");
	table_add(
		table, COLOUR_NONE,
		oslo_value_place(&j->spec_values.value[j->specs.spec[j->match[i]].option], place));
}

int nova_verify_print_text(const struct verification *v, bool verbose,
			   const struct table_style *style, FILE *to)
{
	struct table table _cleanup_(table_free) = {0};
	bool coloured = colour_wanted(to), any = false;

	print_headline(v, coloured, to);
	print_findings(v, verbose, coloured, to);
	table_init(&table, nova_verify_columns, style);
	for (size_t i = 0; i < v->nova.host.n_devices; i++) {
		if (v->judgement.match[i] == SIZE_MAX)
			continue;
		any = true;
		add_row(&table, v, i);
	}
	return any ? table_print(&table, to) : 0;
}
