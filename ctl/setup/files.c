/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/setup/files.h"

#include "ctl/change/edit.h"

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
