/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ctl/kargs/report.h"
#include "ctl/kargs/show.h"
#include "ctl/kargs/view.h"

static enum exit_code show(const struct invocation *invocation)
{
	struct kargs_view view _cleanup_(kargs_view_free) = {0};
	struct report report _cleanup_(report_free) = kargs_report_begin("kargs", invocation);
	int r = kargs_view_read(invocation->root, NULL, &view);

	if (r == 0)
		r = invocation->json ? kargs_show_json(&view, stdout)
				     : kargs_show_text(&view, stdout);
	if (r == 0)
		return EXIT_CODE_OK;
	r = report_problem(&report, PROBLEM_FAILED, "the kernel arguments can't be read: %s",
			   strerror(-r));
	return kargs_report_end(&report, NULL, 0, r);
}

/* A trial that was not decided about goes with the arguments that it tried. */
static size_t list_jobs(const struct invocation *invocation, enum kargs_job_kind ret[2])
{
	bool trial = invocation->value[OPTION_TRIAL];

	if (strcmp(invocation->action, "apply") == 0) {
		ret[0] = trial ? KARGS_JOB_TRIAL : KARGS_JOB_APPLY;
		return 1;
	}
	ret[0] = KARGS_JOB_TRIAL_REVERT;
	ret[1] = KARGS_JOB_REVERT;
	return 2;
}

static enum exit_code run_change(const struct invocation *invocation)
{
	struct report report _cleanup_(report_free) = kargs_report_begin("kargs", invocation);
	struct kargs_job job[2] = {0};
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;
	int r = report_lock(&report, invocation->root, &lock);
	enum kargs_job_kind kinds[2];
	size_t n = list_jobs(invocation, kinds), made = 0;

	if (r < 0)
		return kargs_report_end(&report, NULL, 0, r);
	/* What one had to leave to a human hand does not stop the next. */
	while (made < n && (r == 0 || job[made - 1].plan.left.n)) {
		int own;

		job[made].invocation = invocation;
		job[made].kind = kinds[made];
		own = kargs_job_do(&job[made]);
		r = own < 0 ? own : r;
		made++;
	}
	report.nothing = kinds[0] == KARGS_JOB_TRIAL_REVERT
				 ? "nothing to do: no kernel argument of gpuclaim's is there"
			 : kinds[0] == KARGS_JOB_TRIAL && job[0].view->trial == TRIAL_PENDING
				 ? "nothing to do: the trial is prepared"
				 : "nothing to do: every kernel has the arguments";
	code = kargs_report_end(&report, job, made, r);
	for (size_t i = 0; i < made; i++)
		kargs_job_free(&job[i]);
	return code;
}

enum { SHOW, APPLY, REVERT };

static const struct verb_action actions[] = {
	[SHOW] =
		{"show",
		 "the arguments of the running kernel, of the next boot, of each installed kernel and of one that is installed later, where each comes from, and what is missing",
		 show},
	[APPLY] = {"apply", "add what is missing, by the boot loader's own means, and read it back",
		   run_change},
	[REVERT] = {"revert", "take back what apply did, a trial included", run_change},
};

static const struct accepted options[] = {
	{.option = OPTION_TRIAL,
	 .help = "boot them once; gpuclaimctl commit makes them permanent",
	 .actions = ACTION(APPLY)},
	{.option = OPTION_ROOT,
	 .help = "take every path below DIR, and run DIR's own programs in a chroot"},
	{.option = OPTION_DRY_RUN, .actions = ACTION(APPLY) | ACTION(REVERT)},
	{.option = OPTION_NO_EXEC, .actions = ACTION(APPLY) | ACTION(REVERT)},
	{.option = OPTION_JSON},
};

const struct verb verb_kargs = {
	.name = "kargs",
	.summary = "show, add or take back the kernel arguments",
	.about =
		"The kernel arguments that the claim needs: intel_iommu=on (where the firmware has a DMAR\n"
		"table, or can't be asked), iommu=pt and gpuclaim=1.",
	.exits =
		"0 done; 1 failed, or the change had no effect; 2 wrong usage; 4 refused or not possible here, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.actions = actions,
	.n_actions = ARRAY_SIZE(actions),
};
