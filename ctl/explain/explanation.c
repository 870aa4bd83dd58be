/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/explain/explanation.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"

static struct explain_fact *add(struct explanation *explanation, const char *id, const char *file)
{
	struct explain_fact *fact = ARRAY_PLACE(explanation->fact, explanation->n_facts);

	if (!fact || text_format(&fact->file, "%s%s", strchr("/(", *file) ? "" : "/", file) < 0) {
		explanation->failed = true;
		return NULL;
	}
	fact->id = id;
	return fact;
}

void explain_say(struct explanation *explanation, const char *id, const char *file,
		 const char *format, ...)
{
	struct explain_fact *fact = add(explanation, id, file);
	va_list args;

	if (!fact)
		return;
	va_start(args, format);
	explanation->failed |= text_replace(&fact->value, format, args) < 0;
	va_end(args);
}

void explain_unknown(struct explanation *explanation, const char *id, const char *file, int error)
{
	struct explain_fact *fact = add(explanation, id, file);

	if (fact && error < 0)
		fact->error = strerror(-error);
}

void explanation_free(struct explanation *explanation)
{
	for (size_t i = 0; i < explanation->n_facts; i++) {
		free(explanation->fact[i].value);
		free(explanation->fact[i].file);
	}
	free(explanation->fact);
	free(explanation->next);
	device_tree_free(&explanation->tree);
	*explanation = (struct explanation){0};
}

static const char *const columns[] = {"FACT", "VALUE", NULL};
static const struct table_style bare = {.no_headings = true};

/* What was read where stands below it: most paths are as long as a line has room for. */
static void add_fact(struct table *table, const struct explain_fact *fact)
{
	table_add(table, COLOUR_BOLD, fact->id);
	if (fact->value)
		table_add(table, COLOUR_NONE, fact->value);
	else if (fact->error)
		table_addf(table, "not known: %s", fact->error);
	else
		table_add(table, COLOUR_CAUTION, "not known");
	table_add(table, COLOUR_NONE, " ");
	table_addf(table, "  %s", fact->file);
}

/* As a table of one row it has the width of a terminal. */
static int print_next(const char *next, FILE *to)
{
	struct table table _cleanup_(table_free) = {0};

	table_init(&table, columns, &bare);
	table_add(&table, COLOUR_BOLD, "next:");
	table_add(&table, COLOUR_NONE, next);
	fputc('\n', to);
	return table_print(&table, to);
}

int explanation_print(const struct explanation *explanation, const struct root *root,
		      const struct machine *machine, FILE *to)
{
	struct table table _cleanup_(table_free) = {0};
	char a[PCI_ADDRESS_MAX];
	int r;

	fprintf(to, "%s\n", pci_address_format(&explanation->address, a));
	table_init(&table, columns, &bare);
	for (size_t i = 0; i < explanation->n_facts; i++)
		add_fact(&table, &explanation->fact[i]);
	r = table_print(&table, to);
	if (r < 0)
		return r;
	fputs("\nIts group, with the ports above\n", to);
	r = device_tree_print(root, machine, &explanation->tree, to);
	return r == 0 && explanation->next ? print_next(explanation->next, to) : r;
}

void explanation_add_json(struct json_object *all, const struct explanation *explanation,
			  const struct root *root, const struct machine *machine)
{
	struct json_object *one = json_append_object(all), *facts;

	json_add_address(one, "address", &explanation->address);
	if (explanation->has_gpu)
		json_add_address(one, "gpu", &explanation->gpu);
	else
		json_add_text(one, "gpu", NULL);
	json_add_bool(one, "ready", explanation->ready);
	facts = json_add_array(one, "facts");
	for (size_t i = 0; i < explanation->n_facts; i++) {
		const struct explain_fact *fact = &explanation->fact[i];
		struct json_object *object = json_append_object(facts);

		json_add_text(object, "id", fact->id);
		json_add_text(object, "value", fact->value);
		json_add_text(object, "file", fact->file);
		json_add_text(object, "error", fact->error);
	}
	device_tree_add_json(one, "tree", root, machine, &explanation->tree);
	json_add_text(one, "next", explanation->next);
}
