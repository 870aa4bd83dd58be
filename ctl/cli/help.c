/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/help.h"

#include <string.h>

#include "ctl/cli/option.h"
#include "helper/base/util.h"

#define WIDTH 80
/* What is longer than this stands on a line of its own. */
#define LABEL_MAX  24
#define LABEL_SIZE 80

static const struct accepted of_all[] = {
	{.option = OPTION_ROOT},
	{.option = OPTION_JSON},
	{.option = OPTION_HELP, .help = "print this text, or a verb's own"},
	{.option = OPTION_VERSION},
};

static const struct accepted of_verb[] = {{.option = OPTION_HELP}};

/* A word goes to the next line if this one has no room; @column stands at its indent. */
static void print_wrapped(const char *text, size_t indent, FILE *to)
{
	size_t column = indent, n;

	for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
		n = strcspn(text, " \n");
		if (column > indent && column + 1 + n > WIDTH) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', to);
			column++;
		}
		fwrite(text, 1, n, to);
		column += n;
		text += n;
	}
	fputc('\n', to);
}

/* A label, and behind it or below what it means. */
static void print_row(const char *label, const char *meaning, size_t indent, FILE *to)
{
	size_t n = strlen(label);

	if (n + 2 > indent)
		fprintf(to, "%s\n%*s", label, (int)indent, "");
	else
		fprintf(to, "%-*s", (int)indent, label);
	print_wrapped(meaning, indent, to);
}

static size_t wider(const char *label, size_t indent)
{
	size_t n = strlen(label) + 2;

	return n <= LABEL_MAX && n > indent ? n : indent;
}

static const char *option_label(const struct accepted *accepted, char buffer[static LABEL_SIZE])
{
	const struct option_row *row = &option_rows[accepted->option];
	bool optional = row->argument == ARGUMENT_OPTIONAL;
	const char *value = row->value && !accepted->bare ? row->value : "";
	char letter[] = {'-', row->letter, ',', '\0'};

	snprintf(buffer, LABEL_SIZE, "  %3s --%s%s%s%s", row->letter ? letter : "", row->name,
		 !*value    ? ""
		 : optional ? "[="
			    : " ",
		 value, *value && optional ? "]" : "");
	return buffer;
}

/* "show: " before what only that action takes. */
static const char *only_action(const struct verb *verb, const struct accepted *accepted)
{
	for (unsigned i = 0; verb && i < verb->n_actions; i++)
		if (accepted->actions == ACTION(i))
			return verb->actions[i].name;
	return NULL;
}

static void print_option(const struct verb *verb, const struct accepted *accepted, size_t indent,
			 FILE *to)
{
	const char *action = only_action(verb, accepted);
	char label[LABEL_SIZE], help[512];
	int n;

	n = snprintf(help, sizeof(help), "%s%s%s", action ? action : "", action ? ": " : "",
		     option_help(accepted));
	for (const char *const *word = accepted->words; word && *word; word++)
		n += snprintf(help + n, sizeof(help) - (size_t)n, "%s%s",
			      word == accepted->words ? ": " : ", ", *word);
	print_row(option_label(accepted, label), help, indent, to);
}

static void print_options(const struct verb *verb, const struct accepted *more, size_t n_more,
			  FILE *to)
{
	size_t n = verb ? verb->n_options : 0, indent = 0;
	char label[LABEL_SIZE];

	for (size_t i = 0; i < n; i++)
		indent = wider(option_label(&verb->options[i], label), indent);
	for (size_t i = 0; i < n_more; i++)
		indent = wider(option_label(&more[i], label), indent);
	for (size_t i = 0; i < n; i++)
		print_option(verb, &verb->options[i], indent, to);
	for (size_t i = 0; i < n_more; i++)
		print_option(verb, &more[i], indent, to);
}

static void print_actions(const struct verb *verb, FILE *to)
{
	char label[LABEL_SIZE];
	size_t indent = 0;

	for (size_t i = 0; i < verb->n_actions; i++)
		indent = wider(verb->actions[i].name, indent);
	for (size_t i = 0; i < verb->n_actions; i++) {
		snprintf(label, sizeof(label), "  %s", verb->actions[i].name);
		print_row(label, verb->actions[i].help, indent + 2, to);
	}
	if (verb->n_actions)
		fputc('\n', to);
}

static void print_exits(const char *exits, FILE *to)
{
	char text[512];

	snprintf(text, sizeof(text), "Exit status: %s", exits);
	fputc('\n', to);
	print_wrapped(text, 0, to);
}

void help_print_verb(const struct verb *verb, FILE *to)
{
	const char *operand = verb->operand ? verb->operand : verb->operands;

	fprintf(to, "Usage: gpuclaimctl %s%s%s%s [OPTION]...\n", verb->name,
		verb->n_actions ? " ACTION" : "", operand ? " " : "", operand ? operand : "");
	print_wrapped(verb->about, 0, to);
	fputc('\n', to);
	print_actions(verb, to);
	print_options(verb, of_verb, ARRAY_SIZE(of_verb), to);
	print_exits(verb->exits, to);
}

void help_print(const struct verb *const *verbs, FILE *to)
{
	char label[LABEL_SIZE];
	size_t indent = 0;

	fputs("Usage: gpuclaimctl VERB [OPTION]...\n"
	      "Look after the GPUs that gpuclaim keeps for virtual machines.\n\n",
	      to);
	for (size_t i = 0; verbs[i]; i++)
		indent = wider(verbs[i]->name, indent);
	for (size_t i = 0; verbs[i]; i++) {
		if (!verbs[i]->summary)
			continue;
		snprintf(label, sizeof(label), "  %s", verbs[i]->name);
		print_row(label, verbs[i]->summary, indent + 2, to);
	}
	fputc('\n', to);
	print_options(NULL, of_all, ARRAY_SIZE(of_all), to);
	print_exits(
		"0 done, or ready; 1 an operation failed; 2 wrong usage; 3 not ready; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
		to);
}
