/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ctl/change/edit.h"
#include "ctl/change/report.h"
#include "ctl/giveback/giveback.h"
#include "ctl/judge/placement.h"
#include "ctl/nova/apply.h"
#include "ctl/nova/controller.h"
#include "ctl/nova/options.h"
#include "ctl/nova/show.h"
#include "ctl/sync/sync.h"
#include "ctl/verbs/nova.h"
#include "ctl/verbs/nova_verify.h"
#include "ctl/verify/dropin_path.h"
#include "ctl/verify/node.h"
#include "ctl/verify/text.h"
#include "helper/base/text.h"

/* Of 100 ms each: so often a pass is made while a GPU is returned. */
#define PASS_STEPS 100

/* One run of an action that changes something. */
struct job {
	const struct invocation *invocation;
	struct nova_dropin_change change;
	struct change_plan plan;
	struct change_run run;
	struct report report;
};

static bool is_action(const struct invocation *invocation, const char *name)
{
	return strcmp(invocation->action, name) == 0;
}

static int prepare_apply(struct job *job, enum exit_code *code)
{
	const struct invocation *invocation = job->invocation;
	_cleanup_free_ char *path = NULL;
	struct nova_options options;
	int r = nova_dropin_path(invocation->root, &path);

	if (r < 0)
		return r;
	nova_options_read(invocation->root, path, &options);
	if (nova_options_parse(invocation, &options) < 0) {
		*code = EXIT_CODE_USAGE;
		return 0;
	}
	return nova_apply_prepare(invocation->root, &options, invocation->value[OPTION_OUTPUT],
				  NULL, &job->change);
}

/* Of its node Placement has to know at least the name. */
static int ask_placement(const struct invocation *invocation, enum nova_answer *ret, char **error)
{
	struct placement placement _cleanup_(placement_free) = {0};
	struct nova_node node;
	int r = nova_node_read(invocation->root, &(struct nova_look){0}, &node);

	if (r < 0)
		return r;
	r = placement_read(invocation->root, invocation->value[OPTION_PLACEMENT], node.name,
			   &placement, error);
	if (r == 0 && !placement.node)
		r = text_format(error, "Placement has no resource provider of this node, %s",
				node.name);
	nova_node_free(&node);
	*ret = placement_has_pci(&placement) ? NOVA_HAS_SOME : NOVA_HAS_NONE;
	return r;
}

static int prepare_revert(struct job *job, enum exit_code *code)
{
	const struct invocation *invocation = job->invocation;
	enum nova_answer answer = NOVA_NOT_ASKED;
	_cleanup_free_ char *error = NULL;
	int r = 0;

	if (invocation->value[OPTION_PLACEMENT])
		r = ask_placement(invocation, &answer, &error);
	if (!error)
		return r < 0 ? r : nova_revert_prepare(invocation->root, answer, &job->change);
	nova_say("revert: %s: nothing was changed", error);
	*code = EXIT_CODE_FAILED;
	return 0;
}

/* All that is left to tell. */
static enum exit_code end(struct job *job, int result)
{
	const struct nova_dropin_change *change = &job->change;
	struct report *report = &job->report;
	int r = 0;

	for (size_t i = 0; i < change->notes.n && r == 0; i++) {
		r = text_list_add(&report->notes, "%s", change->notes.text[i]);
		if (!report->quiet && !report->json)
			nova_say("%s", change->notes.text[i]);
	}
	if (r < 0)
		return problem_exit_code(nova_cannot("the report can't be printed", r));
	report->device_specs = change->n_ready;
	return report_end(report, result);
}

static enum exit_code carry_out(struct job *job)
{
	struct report *report = &job->report;
	int r = nova_dropin_change_plan(job->invocation->root, &job->change, &job->plan);

	if (r == 0 && !report->dry_run && !job->plan.refusal)
		r = nova_dropin_change_run(&job->change, &job->plan, &job->run);
	if (r == 0 && job->plan.refusal)
		return end(job, report_problem(report, PROBLEM_REFUSED, "%s", job->plan.refusal));
	if (r < 0 && job->run.nothing_changed && job->run.error) {
		nova_say("%s", job->run.error);
		return edit_is_refusal(r) ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
	}
	if (r < 0 && job->run.nothing_changed)
		return problem_exit_code(nova_cannot(
			edit_is_refusal(r) ? "the drop-in can't be changed; nothing was changed"
					   : "the drop-in can't be changed",
			r));
	if (r < 0) {
		(void)nova_cannot("the drop-in was changed, and not all went well", r);
		return EXIT_CODE_FAILED;
	}
	report->changed = nova_dropin_change_has_work(&job->change);
	if (!report->dry_run && job->plan.n > 0)
		report->next = is_action(job->invocation, "apply")
				       ? "restart nova-compute for it; " NOVA_NEXT
				       : "restart nova-compute for it";
	r = report_steps(report, &job->plan, &job->run);
	return r < 0 ? problem_exit_code(nova_cannot("the report can't be printed", r))
		     : end(job, 0);
}

static enum exit_code run_job(struct job *job)
{
	const struct invocation *invocation = job->invocation;
	enum exit_code code = EXIT_CODE_OK;
	int r;

	if (is_action(invocation, "apply"))
		r = prepare_apply(job, &code);
	else if (is_action(invocation, "refresh"))
		r = nova_refresh_prepare(invocation->root, &job->change);
	else
		r = prepare_revert(job, &code);
	if (r < 0)
		return problem_exit_code(nova_cannot("the drop-in can't be made", r));
	if (code != EXIT_CODE_OK)
		return code;
	if (!job->change.refusal)
		return carry_out(job);
	r = report_problem(&job->report, PROBLEM_REFUSED, "%s", job->change.refusal);
	return end(job, r);
}

static struct report begin(const struct invocation *invocation)
{
	static const enum report_key keys[] = {REPORT_DEVICE_SPECS, REPORT_REFUSAL, REPORT_NOTES,
					       REPORT_END};
	struct report report = report_begin("nova", keys, invocation);

	if (!invocation->dry_run)
		report.nothing = is_action(invocation, "apply")
					 ? "nothing to do: the drop-in is as it should be"
					 : "nothing to do";
	return report;
}

static void job_free(struct job *job)
{
	nova_dropin_change_free(&job->change);
	change_plan_free(&job->plan);
	change_run_free(&job->run);
	report_free(&job->report);
}

static enum exit_code run_change_telling(const struct invocation *invocation, bool *ret_changed)
{
	struct job job = {.invocation = invocation,
			  .run = {.root = invocation->root},
			  .report = begin(invocation)};
	const char *output = invocation->value[OPTION_OUTPUT];
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;
	int r;

	if (output && *output != '/') {
		nova_say("--output: expected an absolute path, not \"%s\"", output);
		return EXIT_CODE_USAGE;
	}
	r = report_lock(&job.report, invocation->root, &lock);
	code = r == 0 ? run_job(&job) : report_end(&job.report, r);
	*ret_changed = job.plan.n > 0;
	job_free(&job);
	return code;
}

static enum exit_code run_change(const struct invocation *invocation)
{
	bool changed;

	return run_change_telling(invocation, &changed);
}

bool nova_refresh(const struct invocation *invocation)
{
	bool changed = false;

	(void)run_change_telling(invocation, &changed); /* it is told */
	return changed;
}

/* As long as a return lasts, a GPU that fails is reserved meanwhile. */
static enum exit_code sync_while(const struct invocation *invocation, pid_t pid)
{
	const struct timespec step = {.tv_nsec = 100000000};
	struct invocation quiet = *invocation;
	int status = 0;
	pid_t ended;

	quiet.quiet = true;
	for (unsigned i = 1; (ended = waitpid(pid, &status, WNOHANG)) == 0; i++) {
		(void)nanosleep(&step, NULL); /* cut short: looks earlier */
		/* Standard output is one object. */
		if (i % PASS_STEPS == 0 && !invocation->json)
			(void)nova_sync(&quiet); /* it is told */
	}
	return ended == pid && WIFEXITED(status) ? (enum exit_code)WEXITSTATUS(status)
						 : EXIT_CODE_FAILED;
}

/* A pass, and then what the configuration lets it give back by itself: one GPU. */
static enum exit_code run_sync(const struct invocation *invocation)
{
	enum exit_code code = nova_sync(invocation);
	pid_t pid, parent = getpid();

	if (code != EXIT_CODE_OK || invocation->dry_run)
		return code;
	(void)fflush(NULL);
	pid = fork();
	if (pid < 0)
		return problem_exit_code(nova_cannot("sync: a GPU can't be returned", -errno));
	if (pid > 0)
		return sync_while(invocation, pid);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(EXIT_CODE_FAILED);
	code = nova_return_waiting(invocation);
	(void)fflush(NULL);
	_exit((int)code);
}

enum { SHOW, APPLY, REFRESH, REVERT, VERIFY, SYNC, RETURN };

static const struct verb_action actions[] = {
	[SHOW] =
		{"show",
		 "print what Nova needs; with --for controller FILE..., from what many nodes printed with --json",
		 nova_show},
	[APPLY] =
		{"apply",
		 "write it for nova-compute, /etc/nova/nova.conf.d/60-gpuclaim.conf; options of an earlier run that are not given again stay",
		 run_change},
	[REFRESH] = {"refresh",
		     "list the GPUs that are ready now in that file, unless it was edited",
		     run_change},
	[REVERT] = {"revert", "take back what apply did", run_change},
	[VERIFY] = {"verify",
		    "hold Nova's whole configuration here against the devices, by Nova's own rules",
		    nova_verify},
	[SYNC] = {"sync", "reserve in Placement the GPUs that are not ready, until they are",
		  run_sync},
	[RETURN] = {"return",
		    "reset a GPU that nobody uses, prove it, and have Placement offer it again",
		    nova_return},
};

#define MAKING	 (ACTION(SHOW) | ACTION(APPLY))
#define CHANGING (ACTION(APPLY) | ACTION(REFRESH) | ACTION(REVERT))

static const struct accepted options[] = {
	{.option = OPTION_RELEASE, .actions = MAKING | ACTION(VERIFY)},
	{.option = OPTION_PLACEMENT,
	 .help = "PCI devices are reported to Placement, for good; verify, revert, sync, return: ask it, logged in with OS_TOKEN, OS_CLOUD or an openrc file's variables",
	 .actions = MAKING | ACTION(VERIFY) | ACTION(REVERT) | ACTION(SYNC) | ACTION(RETURN)},
	{.option = OPTION_ALIAS,
	 .help = "what flavors ask for (gpu-VVVV-DDDD); with several models NAME-VVVV-DDDD",
	 .actions = MAKING},
	{.option = OPTION_SHARED_GROUPS, .actions = MAKING},
	{.option = OPTION_NUMA_POLICY, .actions = MAKING},
	{.option = OPTION_TRAITS, .actions = MAKING},
	{.option = OPTION_TAGS, .actions = MAKING},
	{.option = OPTION_FOR, .actions = ACTION(SHOW)},
	{.option = OPTION_GUEST, .actions = ACTION(SHOW)},
	{.option = OPTION_FORMAT, .actions = ACTION(SHOW)},
	{.option = OPTION_OUTPUT, .help = "another file", .actions = ACTION(APPLY)},
	{.option = OPTION_ROOT},
	{.option = OPTION_DRY_RUN,
	 .help = "print what would be changed, change nothing",
	 .actions = CHANGING | ACTION(SYNC) | ACTION(RETURN)},
	{.option = OPTION_SPARE_MOVES, .actions = ACTION(SYNC)},
	{.option = OPTION_SPREAD, .actions = ACTION(SYNC)},
	{.option = OPTION_RETURN, .actions = ACTION(SYNC)},
	{.option = OPTION_JSON},
	{.option = OPTION_QUIET,
	 .help = "print nothing but errors",
	 .actions = CHANGING | ACTION(VERIFY) | ACTION(SYNC) | ACTION(RETURN)},
	{.option = OPTION_VERBOSE,
	 .help = "print what passes or was not judged, too",
	 .actions = ACTION(VERIFY)},
	{.option = OPTION_COLUMNS, .actions = ACTION(VERIFY), .words = nova_verify_columns},
	{.option = OPTION_NO_HEADINGS, .actions = ACTION(VERIFY)},
};

const struct verb verb_nova = {
	.name = "nova",
	.summary = "tell Nova which GPUs are ready: device_spec, alias, flavors and images",
	.about = "Nova believes what its configuration says. These actions make it list the GPUs\n"
		 "that are ready, by IDs and address, and no others.",
	.exits =
		"0 done, or in order; 1 failed; 2 wrong usage; 3 no GPU is ready, or not in order; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.actions = actions,
	.n_actions = ARRAY_SIZE(actions),
	.files = ACTION(SHOW) | ACTION(RETURN),
};
