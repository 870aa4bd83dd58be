/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/show.h"

#include <string.h>

#include "ctl/print/json.h"
#include "ctl/print/terminal.h"

#define INDENT 4

/* Arguments may hold anything: JSON tells them as they are, a terminal does not. */
static void print_printable(const char *before, const char *text, FILE *to)
{
	fputs(before, to);
	terminal_print(to, text);
}

/* Indented, and within a terminal's width. */
static void print_words(const char *before, const char *text, FILE *to)
{
	_cleanup_free_ char *clean = strdup(text);

	if (clean)
		text_make_printable(clean);
	fprintf(to, "\n%*s%s", INDENT, "", before);
	paragraph_print(to, INDENT + strlen(before), INDENT, clean ? clean : "?");
}

static void print_list(const char *title, const struct text_list *list, FILE *to)
{
	if (list->n == 0)
		return;
	fprintf(to, "    %s:", title);
	for (size_t i = 0; i < list->n; i++)
		print_printable(" ", list->text[i], to);
	fputc('\n', to);
}

static int print_line(const struct kargs_view *view, const struct boot_line *line, FILE *to)
{
	struct text_list lacks _cleanup_(text_list_free) = {0},
			       against _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *title = kargs_line_title(line);
	int r = 0;

	if (!title)
		return -ENOMEM;
	if (line->kind == BOOT_NEXT && view->trial == TRIAL_PENDING)
		fputs("after the trial: ", to);
	print_printable("", title, to);
	if (line->recovery)
		fputs(" (recovery)", to);
	if (line->foreign)
		fputs(" (another system's, or made by hand)", to);
	if (line->source)
		print_printable(", from ", line->source, to);
	if (line->source && line->line)
		fprintf(to, ":%u", line->line);
	print_words(line->cmdline ? "" : "unknown: ", line->cmdline ? line->cmdline : line->why,
		    to);
	if (kargs_line_is_judged(line))
		r = kargs_line_lacks(view, line, &lacks, &against);
	else
		r = kargs_rescue_armed(view, line, &against);
	print_list("lacks", &lacks, to);
	print_list("against", &against, to);
	return r;
}

static int add_drift(struct text_list *drift, const struct kargs_wanted *wanted,
		     const struct boot_line *has, const struct boot_line *hasnt)
{
	_cleanup_free_ char *one = kargs_line_title(has), *other = kargs_line_title(hasnt);

	if (!one || !other)
		return -ENOMEM;
	return text_list_add(drift, "%s=%s: %s has it, %s does not", wanted->name, wanted->value,
			     one, other);
}

/* Lines that stand differently to a wanted argument: told with the first of each side. */
static int find_drift(const struct kargs_view *view, struct text_list *drift)
{
	for (size_t w = 0; w < view->n_wanted; w++) {
		const struct boot_line *has = NULL, *hasnt = NULL;
		int r = 0;

		for (size_t i = 0; i < view->lines.n; i++) {
			const struct boot_line *line = &view->lines.line[i];

			if (!kargs_line_is_judged(line))
				continue;
			r = kargs_state(line->cmdline, &view->wanted[w], NULL);
			if (r < 0)
				return r;
			if (r == KARGS_PRESENT && !has)
				has = line;
			else if (r != KARGS_PRESENT && !hasnt)
				hasnt = line;
		}
		if (has && hasnt)
			r = add_drift(drift, &view->wanted[w], has, hasnt);
		if (r < 0)
			return r;
	}
	return 0;
}

static void print_drift(const char *text, FILE *to)
{
	fputs("drift: ", to);
	paragraph_print(to, strlen("drift: "), INDENT, text);
}

/* A pending one has a line of its own. */
static const char *const trial_notes[_TRIAL_COUNT] = {
	[TRIAL_RUNNING] = "trial: this boot is one; gpuclaimctl commit decides about it",
	[TRIAL_FAILED] =
		"trial: it did not come up, or was not booted; gpuclaimctl commit takes its entry away",
};

int kargs_show_text(const struct kargs_view *view, FILE *to)
{
	struct text_list drift _cleanup_(text_list_free) = {0};
	int r = find_drift(view, &drift);

	fprintf(to, "boot loader: %s\n", view->loader.kind->name);
	if (kargs_refusal(view))
		fprintf(to, "    can't be changed: %s\n", kargs_refusal(view));
	if (trial_notes[view->trial])
		fprintf(to, "%s\n", trial_notes[view->trial]);
	for (size_t i = 0; i < view->lines.n && r == 0; i++)
		r = print_line(view, &view->lines.line[i], to);
	for (size_t i = 0; i < drift.n; i++)
		print_drift(drift.text[i], to);
	return r;
}

static int add_line(struct json_object *lines, const struct kargs_view *view,
		    const struct boot_line *line)
{
	struct text_list lacks _cleanup_(text_list_free) = {0},
			       against _cleanup_(text_list_free) = {0};
	struct json_object *object = json_append_object(lines);
	int r = 0;

	json_add_text(object, "kind", boot_kind_name(line->kind));
	json_add_text(object, "name", line->name);
	json_add_text(object, "cmdline", line->cmdline);
	json_add_text(object, "source", line->source);
	json_add_known(object, "line", line->line ? (int)line->line : -1);
	json_add_bool(object, "recovery", line->recovery);
	json_add_bool(object, "foreign", line->foreign);
	json_add_text(object, "unknown", line->why);
	if (kargs_line_is_judged(line))
		r = kargs_line_lacks(view, line, &lacks, &against);
	else
		r = kargs_rescue_armed(view, line, &against);
	json_add_texts(object, "lacks", &lacks);
	json_add_texts(object, "against", &against);
	return r;
}

int kargs_show_json(const struct kargs_view *view, FILE *to)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	struct text_list drift _cleanup_(text_list_free) = {0};
	struct json_object *wanted, *lines;
	int r = find_drift(view, &drift);

	json_add_number(top, "version", 1);
	json_add_text(top, "loader", view->loader.kind->name);
	json_add_text(top, "refusal", kargs_refusal(view));
	json_add_text(top, "trial", trial_name(view->trial));
	wanted = json_add_array(top, "wanted");
	for (size_t i = 0; i < view->n_wanted; i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "%s=%s", view->wanted[i].name,
			       view->wanted[i].value);
		json_append_text(wanted, text);
	}
	lines = json_add_array(top, "lines");
	for (size_t i = 0; i < view->lines.n && r == 0; i++)
		r = add_line(lines, view, &view->lines.line[i]);
	json_add_texts(top, "drift", &drift);
	return r < 0 ? r : json_print(top, to);
}
