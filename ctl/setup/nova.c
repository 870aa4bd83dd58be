/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drop-in of Nova as a part of setup. No GPU is ready yet: it has aliases, and the unit adds
 * the devices after the reboot. */
#include <stdio.h>
#include <string.h>

#include "ctl/change/content.h"
#include "ctl/change/plan.h"
#include "ctl/nova/facts.h"
#include "ctl/setup/setup.h"

static bool is_asked(const struct setup *s)
{
	return s->invocation->value[OPTION_ALIAS] || s->invocation->value[OPTION_PLACEMENT];
}

static bool is_wanted(const struct setup *s)
{
	return s->nova && (is_asked(s) || root_exists(s->root, "etc/nova"));
}

static int prepare(struct setup *s, struct nova_dropin_change *ret)
{
	const char *alias = s->invocation->value[OPTION_ALIAS];
	struct nova_options options;
	_cleanup_free_ char *path = NULL;
	int r = nova_dropin_path(s->root, &path);

	if (r < 0)
		return r;
	nova_options_read(s->root, path, &options);
	if (alias)
		(void)snprintf(options.alias, sizeof(options.alias), "%s", alias);
	if (s->invocation->value[OPTION_PLACEMENT])
		options.placement = true;
	return nova_apply_prepare(s->root, &options, NULL, s->selection.text, ret);
}

static int add_step(const struct nova_dropin_change *change, struct change_plan *plan)
{
	if (content_equal(change->before, change->after))
		return 0;
	return change_plan_add(plan, &(struct change_step){.kind = CHANGE_FILE,
							   .path = change->path,
							   .before = change->before,
							   .after = change->after});
}

static enum exit_code fail(struct report *report, int r)
{
	return report_errno(report, r, "the drop-in for Nova");
}

enum exit_code setup_plan_nova(struct setup *s, struct change_plan *plan)
{
	struct nova_dropin_change change _cleanup_nova_dropin_change_ = {0};
	int r;

	if (!is_wanted(s))
		return EXIT_CODE_OK;
	r = prepare(s, &change);
	if (r < 0)
		return fail(&s->report, r);
	if (change.refusal && is_asked(s))
		return report_problem(&s->report, EXIT_CODE_REFUSED,
				      "%s; --no-nova leaves Nova out", change.refusal);
	if (change.refusal)
		r = text_list_add(&s->report.warnings, "Nova is left out: %s", change.refusal);
	else
		r = add_step(&change, plan);
	for (size_t i = 0; i < change.notes.n && r == 0; i++)
		r = text_list_add(&s->report.notes, "Nova: %s", change.notes.text[i]);
	return r < 0 ? fail(&s->report, r) : EXIT_CODE_OK;
}

/* The folders are setup's to take back, the file is not. */
static enum exit_code make_folders(struct setup *s, const struct change_plan *plan)
{
	struct change_plan all _cleanup_change_plan_ = {0}, folders _cleanup_change_plan_ = {0};
	int r = change_plan_append(&all, plan);

	if (r == 0)
		r = change_plan_folders(s->root, &all);
	for (size_t i = 0; i < all.n && r == 0; i++)
		if (all.step[i].editor == UNDO_FOLDER)
			r = change_plan_add(&folders, &all.step[i]);
	return r < 0 ? fail(&s->report, r) : setup_run_files(s, &folders);
}

/* Says it as the other stages do. */
static int told(struct report *report, const struct change_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		const char *verb = change_step_verb(&plan->step[i]);

		report_say(report, "%s%s /%s", verb, verb[strlen(verb) - 1] == 'e' ? "d" : "ed",
			   plan->step[i].path);
		report_result(report, "");
		report->changed = true;
	}
	return change_plan_append(&report->actions, plan);
}

enum exit_code setup_run_nova(struct setup *s)
{
	struct nova_dropin_change change _cleanup_nova_dropin_change_ = {0};
	struct change_plan plan _cleanup_change_plan_ = {0};
	enum exit_code code;
	int r;

	if (!is_wanted(s))
		return EXIT_CODE_OK;
	r = prepare(s, &change);
	if (r == 0 && !change.refusal)
		r = add_step(&change, &plan);
	if (r < 0)
		return fail(&s->report, r);
	if (change.refusal || !nova_dropin_change_has_work(&change))
		return EXIT_CODE_OK; /* said when it was planned */
	code = make_folders(s, &plan);
	if (code != EXIT_CODE_OK)
		return code;
	r = change_run_include(&s->run, NOVA_RECORD);
	if (r == 0)
		r = nova_dropin_change_write(s->root, &change);
	if (r == 0)
		r = told(&s->report, &plan);
	return r < 0 ? fail(&s->report, r) : EXIT_CODE_OK;
}

static enum exit_code undo_nova(const struct root *root, const struct nova_dropin_change *change,
				bool dry_run, struct change_plan *plan, struct report *report)
{
	struct change_plan own _cleanup_change_plan_ = {0};
	int r;

	if (change->refusal)
		return report_problem(report, EXIT_CODE_REFUSED, "%s", change->refusal);
	r = add_step(change, &own);
	if (r == 0)
		r = change_plan_append(plan, &own);
	if (r == 0 && dry_run)
		r = report_take(report, &change->notes);
	else if (r == 0 && nova_dropin_change_has_work(change))
		r = nova_dropin_change_write(root, change);
	if (r == 0 && !dry_run)
		r = told(report, &own);
	return r < 0 ? fail(report, r) : EXIT_CODE_OK;
}

enum exit_code setup_undo_nova(const struct root *root, bool dry_run, struct change_plan *plan,
			       struct report *report)
{
	struct nova_dropin_change change _cleanup_nova_dropin_change_ = {0};
	int r = nova_revert_prepare(root, &change);

	return r < 0 ? fail(report, r) : undo_nova(root, &change, dry_run, plan, report);
}

enum exit_code setup_undo_nova_known(const struct root *root, bool dry_run,
				     struct change_plan *plan, struct report *report)
{
	struct nova_dropin_change change _cleanup_nova_dropin_change_ = {0};
	int r = nova_revert_prepare(root, &change);

	if (r < 0 && dry_run &&
	    text_list_add(
		    &report->warnings,
		    "/var/lib/gpuclaim/" NOVA_RECORD
		    ".undo can't be read (%s): the drop-in for Nova is looked for at /" NOVA_DROPIN_PATH
		    " alone",
		    strerror(-r)) < 0)
		return fail(report, -ENOMEM);
	if (r < 0)
		r = nova_revert_known(root, &change);
	return r < 0 ? fail(report, r) : undo_nova(root, &change, dry_run, plan, report);
}
