/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drop-in of Nova as a part of setup. No GPU is ready yet: it has aliases, and the unit adds
 * the devices after the reboot. */
#include "ctl/setup/nova.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/plan.h"
#include "ctl/nova/controller.h"
#include "ctl/nova/dropin_change.h"
#include "ctl/nova/facts.h"
#include "ctl/setup/setup.h"
#include "ctl/verify/dropin_path.h"

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

/* What stands in its way is its refusal; nothing does that is no concern of who asked for no Nova.
 */
static int plan_dropin(struct setup *s, struct nova_dropin_change *change, struct change_plan *plan)
{
	int r = prepare(s, change);

	if (r < 0 && r != -ENOMEM && !is_asked(s))
		return nova_change_refuse(change, "its files can't be read: %s", strerror(-r));
	if (r == 0 && !change->refusal)
		r = nova_dropin_change_plan(s->root, change, plan);
	if (r == 0 && plan->refusal)
		r = nova_change_refuse(change, "%s", plan->refusal);
	return r;
}

static int fail(struct report *report, int r)
{
	return report_errno(report, r, "the drop-in for Nova");
}

int setup_plan_nova(struct setup *s, struct change_plan *plan)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	struct change_plan own _cleanup_(change_plan_free) = {0};
	int r;

	if (!is_wanted(s))
		return 0;
	r = plan_dropin(s, &change, &own);
	if (r < 0)
		return fail(&s->report, r);
	if (change.refusal && is_asked(s))
		return report_problem(&s->report, PROBLEM_REFUSED, "%s; --no-nova leaves Nova out",
				      change.refusal);
	if (change.refusal)
		r = text_list_add(&s->report.warnings, "Nova is left out: %s", change.refusal);
	else
		r = change_plan_append(plan, &own);
	for (size_t i = 0; i < change.notes.n && r == 0; i++)
		r = text_list_add(&s->report.notes, "Nova: %s", change.notes.text[i]);
	return r < 0 ? fail(&s->report, r) : 0;
}

/* The folders are setup's to take back, the file is not. */
static int make_folders(struct setup *s, const char *path)
{
	struct change_plan folders _cleanup_(change_plan_free) = {0};
	int r = change_plan_add_folders(s->root, path, &folders);

	return r < 0 ? fail(&s->report, r) : setup_run_files(s, &folders);
}

/* Carries it out, and tells. */
static int write_dropin(const struct root *root, const struct nova_dropin_change *change,
			const struct change_plan *plan, struct report *report)
{
	struct change_run run _cleanup_(change_run_free) = {.root = root};
	int r = nova_dropin_change_run(change, plan, &run);

	if (r == 0)
		r = report_steps(report, plan, &run);
	if (r == 0)
		return 0;
	if (run.nothing_changed)
		return fail(report, r);
	report->changed = true;
	return report_problem(report, PROBLEM_FAILED,
			      "the drop-in for Nova was changed, and not all went well: %s",
			      strerror(-r));
}

int setup_run_nova(struct setup *s)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	struct change_plan plan _cleanup_(change_plan_free) = {0};
	int r;

	if (!is_wanted(s))
		return 0;
	r = plan_dropin(s, &change, &plan);
	if (r < 0)
		return fail(&s->report, r);
	if (change.refusal)
		return 0; /* said when it was planned */
	if (plan.n > 0)
		r = make_folders(s, change.path);
	if (r < 0)
		return r;
	if (plan.n > 0)
		r = change_run_include(&s->run, NOVA_RECORD);
	if (plan.n > 0)
		s->report.next = NOVA_NEXT;
	return r < 0 ? fail(&s->report, r) : write_dropin(s->root, &change, &plan, &s->report);
}

static int undo_nova(const struct root *root, const struct nova_dropin_change *change, bool dry_run,
		     struct change_plan *plan, struct report *report)
{
	struct change_plan own _cleanup_(change_plan_free) = {0};
	int r;

	if (change->refusal)
		return report_problem(report, PROBLEM_REFUSED, "%s", change->refusal);
	r = nova_dropin_change_plan(root, change, &own);
	if (r == 0)
		r = change_plan_append(plan, &own);
	if (r == 0 && dry_run)
		r = report_take(report, &change->notes);
	if (r < 0)
		return fail(report, r);
	return dry_run ? 0 : write_dropin(root, change, &own, report);
}

int setup_undo_nova(const struct root *root, bool dry_run, struct change_plan *plan,
		    struct report *report)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	int r = nova_revert_prepare(root, NOVA_NOT_ASKED, &change);

	return r < 0 ? fail(report, r) : undo_nova(root, &change, dry_run, plan, report);
}

int setup_undo_nova_known(const struct root *root, bool dry_run, struct change_plan *plan,
			  struct report *report)
{
	struct nova_dropin_change change _cleanup_(nova_dropin_change_free) = {0};
	int r = nova_revert_prepare(root, NOVA_NOT_ASKED, &change);

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
