/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/choose/adopt.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/plan.h"
#include "ctl/choose/adopt_args.h"
#include "ctl/choose/adopt_files.h"
#include "ctl/choose/adopt_ids.h"
#include "ctl/choose/draft.h"
#include "ctl/choose/named.h"
#include "ctl/recipes/sources.h"
#include "helper/base/folder.h"
#include "helper/base/root.h"
#include "helper/base/text_buffer.h"

#define DRIVERCTL "etc/driverctl.d"
#define TELLS	  "/%s:%u: "

/**
 * struct adopting - an adoption while it is made
 * @keep:	something that is no GPU depends on a recipe: what helps it stays
 */
struct adopting {
	const struct root *root;
	const struct node *node;
	const struct kargs_view *view;
	struct adopted adopted;
	struct recipe_sources sources;
	struct adopted_files files;
	struct recipe_args args;
	bool keep;
	struct adoption *out;
};

/* "0000:07:00.0 (8086:1520, network controller)" */
#define FUNCTION_TEXT_MAX 96
static const char *describe(const struct function_id *id, char buf[static FUNCTION_TEXT_MAX])
{
	char a[PCI_ADDRESS_MAX];

	snprintf(buf, FUNCTION_TEXT_MAX, "%s (%04x:%04x, %s)", pci_address_format(&id->address, a),
		 id->id.vendor, id->id.device, pci_class_name(id->class_code));
	return buf;
}

/* driverctl(8) keeps an override in a file named after the device. */
static bool is_override(const struct adopting *a, const char *name, char **text,
			struct pci_address *ret)
{
	char path[64];

	if (strncmp(name, "pci-", 4) != 0 || pci_address_parse(name + 4, ret) < 0)
		return false;
	snprintf(path, sizeof(path), DRIVERCTL "/%.40s", name);
	return root_read_text(a->root, path, text) == 0 &&
	       recipe_is_vfio(*text, strcspn(*text, " \t\n"));
}

static void take_overrides(struct adopting *a, const struct text_list *names)
{
	for (size_t i = 0; i < names->n; i++) {
		_cleanup_free_ char *text = NULL;
		struct pci_address address;

		if (is_override(a, names->text[i], &text, &address))
			(void)adopted_take_address(&a->adopted, &address); /* looked at later */
	}
}

static int plan_override(struct adopting *a, const char *name)
{
	const struct machine *machine = &a->node->assessment.machine;
	_cleanup_free_ char *text = NULL, *path = NULL;
	struct change_step step = {.kind = CHANGE_FILE, .editor = UNDO_ADOPTED};
	char what[FUNCTION_TEXT_MAX];
	struct pci_address address;
	size_t i;
	int r;

	if (!is_override(a, name, &text, &address))
		return 0;
	if (asprintf(&path, DRIVERCTL "/%s", name) < 0)
		return -ENOMEM;
	i = machine_find(machine, &address);
	if (i == NO_FUNCTION)
		return text_list_add(&a->out->notes, "/%s: left alone: no device is there", path);
	describe(&machine->function[i].id, what);
	if (!adopted_covers(&a->adopted, &machine->function[i].id))
		return text_list_add(
			&a->out->notes,
			"/%s: left alone: it gives %s to vfio-pci, which is not claimed", path,
			what);
	step.path = path;
	step.before = text;
	r = change_plan_add(&a->out->plan, &step);
	return r < 0 ? r
		     : text_list_add(&a->out->notes, "/%s: removed: %s is claimed instead", path,
				     what);
}

/* Pass 1: which GPUs the recipes give away, wherever they say so. */
static void take_ids(struct adopting *a)
{
	for (size_t i = 0; i < a->sources.n; i++)
		for (size_t k = 0; k < a->sources.source[i].lines.n; k++)
			if (a->sources.source[i].lines.line[k].kind == RECIPE_IDS)
				adopted_take(&a->adopted, a->sources.source[i].lines.line[k].value);
	for (size_t i = 0; i < a->args.n; i++)
		if (a->args.arg[i].kind == ARG_IDS)
			adopted_take(&a->adopted, a->args.arg[i].value);
}

static void find_foreign(struct adopting *a)
{
	for (size_t i = 0; i < a->sources.n; i++)
		for (size_t k = 0; k < a->sources.source[i].lines.n; k++)
			if (a->sources.source[i].lines.line[k].kind == RECIPE_IDS &&
			    adopted_foreign(&a->adopted, a->sources.source[i].lines.line[k].value))
				a->keep = true;
	for (size_t i = 0; i < a->args.n; i++)
		if (a->args.arg[i].kind == ARG_IDS &&
		    adopted_foreign(&a->adopted, a->args.arg[i].value))
			a->keep = true;
}

static bool is_operators(const char *path)
{
	return text_starts_with(path, "etc/") || text_starts_with(path, "usr/local/");
}

/* Pass 2: what becomes of a line. Return: 1 it goes, 0, or -ENOMEM. */
static int judge_taken(struct adopting *a, const struct recipe_source *source,
		       const struct recipe_line *line)
{
	const char *what = line->kind == RECIPE_IDS ? "ids=" : "the softdep of ";
	struct text_list *notes = &a->out->notes;
	const struct function_id *foreign = NULL;
	char device[FUNCTION_TEXT_MAX];
	int r;

	if (line->kind == RECIPE_IDS)
		foreign = adopted_foreign(&a->adopted, line->value);
	if (foreign)
		r = text_list_add(
			notes,
			TELLS
			"left alone: ids=%s gives %s to vfio-pci; take the IDs of GPUs out of it by hand",
			source->path, line->line, line->value, describe(foreign, device));
	else if (line->kind == RECIPE_SOFTDEP && a->keep)
		r = text_list_add(
			notes, TELLS "left alone: the softdep of %s serves a device that is no GPU",
			source->path, line->line, line->value);
	else if (!is_operators(source->path))
		r = text_list_add(
			&a->out->plan.warnings,
			TELLS
			"%s%s: not the administrator's file: put an empty file with its name into /etc/modprobe.d",
			source->path, line->line, what, line->value);
	else
		r = text_list_add(notes, TELLS "%s%s: taken out", source->path, line->line, what,
				  line->value);
	return r < 0 ? r
		     : !foreign && is_operators(source->path) &&
			       (line->kind == RECIPE_IDS || !a->keep);
}

/* What becomes of a script, a unit or a rule, told at each line of a recipe in it. */
static int tell_script(struct adopting *a, const struct recipe_source *source,
		       const struct recipe_line *line)
{
	const struct adopted_file *file = &a->files.file[source - a->sources.source];

	if (!file->kept)
		return text_list_add(
			&a->out->notes,
			TELLS "%s (%s): taken out: the devices that it is for are claimed instead",
			source->path, line->line, line->value, source->what);
	return text_list_add(
		&a->out->plan.warnings,
		TELLS
		"%s (%s): left alone: %s; see which devices it takes, name GPUs to setup, and take it away by hand",
		source->path, line->line, line->value, source->what, file->kept);
}

/* "install vfio-pci /usr/local/sbin/override.sh", which does nothing any more */
static int judge_install(struct adopting *a, const struct recipe_source *source,
			 const struct recipe_line *line)
{
	int r;

	if (!is_operators(source->path) || !recipe_is_vfio(line->value, strlen(line->value)))
		return 0;
	r = adopted_files_runs(&a->files, source->text + line->start, line->end - line->start);
	if (r <= 0)
		return r;
	return text_list_add(&a->out->notes,
			     TELLS "install %s: taken out, with the script that it runs",
			     source->path, line->line, line->value) < 0
		       ? -ENOMEM
		       : 1;
}

static int judge_line(struct adopting *a, const struct recipe_source *source,
		      const struct recipe_line *line)
{
	static const struct {
		const char *what, *why;
	} harmless[] = {
		[RECIPE_INSTALL] =
			{"install",
			 "the claim needs none; take it out if the host is to use that driver"},
		[RECIPE_BLACKLIST] =
			{"blacklist",
			 "the claim needs none; take it out if the host is to use that driver"},
		[RECIPE_LOAD] = {"to load", "it binds nothing without ids="},
		[RECIPE_DRIVERS] = {"to pack", "it binds nothing without ids="},
	};

	const char *why;
	int r = 0;

	if (line->kind == RECIPE_DOES)
		return tell_script(a, source, line);
	if (line->kind == RECIPE_INSTALL)
		r = judge_install(a, source, line);
	if (r != 0)
		return r;
	if (line->kind == RECIPE_IDS || line->kind == RECIPE_SOFTDEP)
		return judge_taken(a, source, line);
	why = harmless[line->kind].why;
	if (line->kind == RECIPE_INSTALL && recipe_is_vfio(line->value, strlen(line->value)))
		why = "gpuclaim never runs it, other programs do: see what else it binds";
	return text_list_add(&a->out->notes, TELLS "left alone: %s %s: %s", source->path,
			     line->line, harmless[line->kind].what, line->value, why);
}

static int plan_text(struct adopting *a, const struct recipe_source *source,
		     const struct recipe_lines *lines, const bool *out)
{
	_cleanup_free_ char *after = recipe_take_out(source->text, lines, out);
	struct change_step step = {.kind = CHANGE_FILE,
				   .editor = UNDO_ADOPTED,
				   .path = source->path,
				   .before = source->text,
				   .after = after};

	return after ? change_plan_add(&a->out->plan, &step) : -ENOMEM;
}

/* All lines of a file that is disabled. */
static int plan_file(struct adopting *a, const struct recipe_source *source)
{
	const struct adopted_file *file = &a->files.file[source - a->sources.source];
	const struct recipe_lines *lines = &file->whole.out;
	_cleanup_free_ bool *out = malloc(lines->n + 1);

	if (!out)
		return -ENOMEM;
	memset(out, true, lines->n + 1);
	return file->kept ? 0 : plan_text(a, source, lines, out);
}

static int plan_source(struct adopting *a, const struct recipe_source *source)
{
	_cleanup_free_ bool *out = calloc(source->lines.n, sizeof(*out));
	bool any = false;

	if (!out)
		return -ENOMEM;
	for (size_t k = 0; k < source->lines.n; k++) {
		int r = judge_line(a, source, &source->lines.line[k]);

		if (r < 0)
			return r;
		out[k] = r > 0;
		any = any || out[k];
	}
	if (source->file >= RECIPE_SCRIPT)
		return plan_file(a, source);
	return any ? plan_text(a, source, &source->lines, out) : 0;
}

/* Others' kernel arguments are named only: see adopt_plan(). */
static int tell_arg(struct adopting *a, const struct recipe_arg *arg)
{
	const struct function_id *foreign = NULL;
	char device[FUNCTION_TEXT_MAX];

	if (arg->kind == ARG_BLACKLIST)
		return text_list_add(
			&a->out->notes,
			"%s (%s): left alone: the claim needs none; take it out if the host is to use that driver",
			arg->text, arg->places);
	if (arg->kind == ARG_IDS)
		foreign = adopted_foreign(&a->adopted, arg->value);
	if (foreign)
		return text_list_add(
			&a->out->notes,
			"%s (%s): left alone: it gives %s to vfio-pci; take the IDs of GPUs out of it by hand",
			arg->text, arg->places, describe(foreign, device));
	if (arg->kind == ARG_EARLY && a->keep)
		return text_list_add(&a->out->notes,
				     "%s (%s): left alone: it serves a device that is no GPU",
				     arg->text, arg->places);
	return text_list_add(
		&a->out->plan.warnings, "take the kernel argument %s away by hand (%s)%s",
		arg->text, arg->places,
		arg->kind == ARG_IDS ? ": until then it binds every device of those IDs" : "");
}

static int collect_addresses(struct adopting *a)
{
	const struct candidates *candidates = a->adopted.candidates;
	struct text_buffer list _cleanup_(text_buffer_free) = {0};
	char address[PCI_ADDRESS_MAX];
	bool more = false;

	for (size_t i = 0; i < candidates->n; i++)
		more = more || (a->adopted.taken[i] && !a->adopted.chosen[i]);
	/* What is claimed anyway needs no line of ours. */
	for (size_t i = 0; more && i < candidates->n; i++)
		if (a->adopted.taken[i])
			text_addf(&list, "%s%s", list.length ? "," : "",
				  pci_address_format(&candidates->item[i].id.address, address));
	return list.length || list.error ? text_take(&list, &a->out->addresses, NULL) : 0;
}

static int plan_all(struct adopting *a, const struct text_list *overrides)
{
	int r;

	take_ids(a);
	take_overrides(a, overrides);
	adopted_files_take(&a->files, &a->adopted);
	find_foreign(a);
	r = adopted_files_settle(a->root, &a->adopted, &a->files);
	for (size_t i = 0; i < a->sources.n && r == 0; i++)
		r = plan_source(a, &a->sources.source[i]);
	for (size_t i = 0; i < overrides->n && r == 0; i++)
		r = plan_override(a, overrides->text[i]);
	for (size_t i = 0; i < a->args.n && r == 0; i++)
		r = tell_arg(a, &a->args.arg[i]);
	return r == 0 ? collect_addresses(a) : r;
}

static int adopt_all(struct adopting *a)
{
	struct text_list overrides _cleanup_(text_list_free) = {0};
	int r;

	if (!a->node->facts.machine)
		return text_list_add(
			&a->out->notes,
			"nothing is taken over: this tree has no sys, so it is not known which devices the IDs of old recipes mean");
	r = recipe_sources_read(a->root, &a->sources);
	if (r < 0 || a->sources.unread.n > 0) {
		a->out->unread = TAKE_STRUCT(a->sources.unread);
		return r;
	}
	r = adopted_files_read(a->root, &a->sources, &a->files);
	if (r == 0)
		r = recipe_args_read(a->root, a->view, &a->args);
	if (r == 0)
		r = folder_list(a->root, DRIVERCTL, "", &overrides);
	return r == 0 ? plan_all(a, &overrides) : r;
}

static void adopting_free(struct adopting *a)
{
	adopted_files_free(&a->files);
	recipe_sources_free(&a->sources);
	recipe_args_free(&a->args);
}

/* Is it among the "ADDRESS[=…],…" or "VENDOR:DEVICE,…" of an option? */
static bool is_listed(const char *list, const char *word)
{
	const char *at = list ? strcasestr(list, word) : NULL;

	return at && (at == list || at[-1] == ',');
}

/* By the options, or by a claim line that is there. */
static bool is_chosen(const struct node *node, const struct selection_request *request,
		      const struct candidate *c)
{
	char address[PCI_ADDRESS_MAX], id[16];

	(void)snprintf(id, sizeof(id), "%04x:%04x", c->id.id.vendor, c->id.id.device);
	return (request->all_gpus && !c->integrated && !c->boot_vga && !c->framebuffer && !c->vf) ||
	       is_listed(request->ids, id) ||
	       is_listed(request->addresses, pci_address_format(&c->id.address, address)) ||
	       (!request->ids && !request->addresses && candidate_claim(node, c));
}

int adopt_plan(const struct adoptable *from, const struct selection_request *request,
	       struct adoption *ret)
{
	const struct candidates *candidates = from->candidates;
	_cleanup_free_ bool *spared = calloc(candidates->n + 1, sizeof(*spared));
	_cleanup_free_ bool *chosen = calloc(candidates->n + 1, sizeof(*chosen));
	_cleanup_free_ bool *taken = calloc(candidates->n + 1, sizeof(*taken));
	struct adoption adoption _cleanup_(adoption_free) = {0};
	struct adopting a = {
		.root = from->root,
		.node = from->node,
		.view = from->view,
		.adopted = {.machine = &from->node->assessment.machine,
			    .candidates = candidates,
			    .spared = spared,
			    .chosen = chosen,
			    .taken = taken},
		.out = &adoption,
	};
	int r = spared && chosen && taken ? 0 : -ENOMEM;

	for (size_t i = 0; i < candidates->n && r == 0; i++) {
		spared[i] = candidate_skip(from->node, &candidates->item[i]) != NULL;
		chosen[i] = !spared[i] && is_chosen(from->node, request, &candidates->item[i]);
	}
	if (r == 0)
		r = adopt_all(&a);
	adopting_free(&a);
	return HAND_OVER(r, ret, adoption);
}

void adoption_free(struct adoption *adoption)
{
	free(adoption->addresses);
	change_plan_free(&adoption->plan);
	text_list_free(&adoption->notes);
	text_list_free(&adoption->unread);
	*adoption = (struct adoption){0};
}
