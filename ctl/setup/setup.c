/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/setup.h"

#include "ctl/change/edit.h"
#include "ctl/nova/controller.h"

struct report setup_report_begin(const char *verb, const char *nothing,
				 const struct invocation *invocation)
{
	static const enum report_key keys[] = {REPORT_NOTES,   REPORT_CHECKS, REPORT_WARNINGS,
					       REPORT_REFUSAL, REPORT_ERROR,  REPORT_END};
	struct report report = report_begin(verb, keys, invocation);

	report.nothing = invocation->dry_run ? NULL : nothing;
	return report;
}

#define REBOOT "Reboot, then gpuclaimctl status"

enum exit_code setup_report_end(struct report *report, int r)
{
	if (report->reboot && report->dry_run)
		report->next = "a reboot would be due";
	else if (report->reboot)
		report->next = report->next ? REBOOT "; " NOVA_NEXT : REBOOT;
	return report_end(report, r);
}

int setup_needs_reboot(struct setup *s, bool *ret)
{
	const struct node_after after = {s->has_policy ? &s->policy : NULL,
					 s->has_boot ? &s->boot : NULL};

	if (s->node.facts.machine)
		return node_needs_reboot(s->root, &s->node, &after, ret);
	*ret = s->report.changed;
	return 0;
}

int setup_run_files(struct setup *s, struct change_plan *plan)
{
	struct change_run *run = &s->run;
	int r = change_plan_folders(s->root, plan);

	text_list_free(&run->done);
	if (r == 0 && plan->n > 0)
		r = change_run_apply(run, plan);
	if (r == 0 && plan->n > 0)
		r = report_steps(&s->report, plan, run);
	if (r == 0)
		return 0;
	if (!run->error)
		return report_errno(&s->report, r, "the files can't be written");
	s->report.changed |= !run->nothing_changed;
	return report_problem(&s->report,
			      !s->report.changed && edit_is_refusal(r) ? PROBLEM_REFUSED
								       : PROBLEM_FAILED,
			      "%s", run->error);
}
