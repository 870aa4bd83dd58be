/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb setup: asks, looks, plans, carries out. */
#include <stdio.h>
#include <string.h>

#include "ctl/change/exec.h"
#include "ctl/change/plan.h"
#include "ctl/precheck/precheck.h"
#include "ctl/print/prompt.h"
#include "ctl/setup/ask.h"
#include "ctl/setup/choose.h"
#include "ctl/setup/image.h"
#include "ctl/setup/setup.h"
#include "ctl/setup/stages.h"
#include "helper/base/text.h"

static int read_options(struct setup *s)
{
	const char *const *value = s->invocation->value;
	const char *gate = value[OPTION_GATE];

	s->kernel_args = !value[OPTION_NO_KERNEL_ARGS];
	s->initramfs = !value[OPTION_NO_INITRAMFS];
	s->nova = !value[OPTION_NO_NOVA];
	s->sync = value[OPTION_SYNC];
	s->kargs = value[OPTION_TRIAL] ? KARGS_JOB_TRIAL : KARGS_JOB_APPLY;
	if (gate && strcmp(gate, "strict") == 0)
		s->gate = GATE_STRICT;
	else if (gate && strcmp(gate, "none") == 0)
		s->gate = GATE_NONE;
	else if (gate)
		return report_problem(&s->report, PROBLEM_USAGE,
				      "--gate: found \"%.40s\", expected strict or none", gate);
	if (value[OPTION_TRIAL] && !s->kernel_args)
		return report_problem(
			&s->report, PROBLEM_USAGE,
			"--trial tries the kernel arguments, which --no-kernel-args leaves out");
	if (!s->nova && (value[OPTION_ALIAS] || value[OPTION_PLACEMENT]))
		return report_problem(&s->report, PROBLEM_USAGE,
				      "--%s is for Nova, which --no-nova leaves out",
				      value[OPTION_ALIAS] ? "alias" : "placement");
	if (value[OPTION_PLACEMENT] && *value[OPTION_PLACEMENT])
		return report_problem(
			&s->report, PROBLEM_USAGE,
			"--placement: only `nova verify` and `nova revert` take an address");
	if (value[OPTION_ALIAS] && !nova_alias_is_valid(value[OPTION_ALIAS]))
		return report_problem(
			&s->report, PROBLEM_USAGE,
			"--alias: expected at most %d letters, digits, \".\", \"_\" or \"-\", not \"%s\"",
			NOVA_ALIAS_MAX - 1, value[OPTION_ALIAS]);
	return 0;
}

/* What can't be read is told at once, that it need not be mended one by one. */
static int refuse_unread(struct setup *s, const struct text_list *unread)
{
	static const char why[] =
		"it is not known whether an old recipe is there; mend that, or leave --adopt out";

	for (size_t i = 1; i < unread->n; i++)
		if (text_list_add(&s->report.warnings, "%s: %s", unread->text[i], why) < 0)
			return report_errno(&s->report, -ENOMEM, "the places can't be printed");
	return report_problem(&s->report, PROBLEM_REFUSED, "%s: %s", unread->text[0], why);
}

/* What older ways of giving GPUs away left behind. */
static int adopt(struct setup *s)
{
	const struct adoptable from = {s->root, &s->node, &s->candidates, &s->node.boot};
	const struct selection_request request = setup_request(s);
	int r = s->node.boot_error;

	if (!s->invocation->value[OPTION_ADOPT])
		return 0;
	if (r == 0)
		r = adopt_plan(&from, &request, &s->adoption);
	for (size_t i = 0; i < s->adoption.notes.n && r == 0; i++)
		r = text_list_add(&s->report.notes, "%s", s->adoption.notes.text[i]);
	if (r == 0)
		r = report_take(&s->report, &s->adoption.plan.warnings);
	if (r < 0)
		return report_errno(&s->report, r, "old recipes can't be looked for");
	return s->adoption.unread.n > 0 ? refuse_unread(s, &s->adoption.unread) : 0;
}

static int read_machine(struct setup *s)
{
	int r = node_read(s->root, &s->node);

	if (r == 0)
		r = node_read_host(s->root, &s->node);
	if (r == 0)
		r = node_read_boot(s->root, &s->node);
	if (r == 0)
		r = node_find_images(s->root, &s->node);
	if (r == 0)
		r = candidates_read(s->root, &s->node.assessment.machine, &s->candidates);
	if (r == 0 && s->invocation->value[OPTION_BY_PATH])
		r = candidates_read_paths(s->root, &s->candidates);
	if (r < 0)
		return report_errno(&s->report, r, "the node can't be read");
	r = setup_facts_read(s->root, &s->facts);
	if (r < 0)
		return report_errno(&s->report, r, "the configuration can't be read");
	r = undo_read(s->root, SETUP_RECORD, &s->run.undo);
	return r < 0 ? report_errno(&s->report, r, "/var/lib/gpuclaim/" SETUP_RECORD ".undo") : 0;
}

static int check_rights(struct setup *s)
{
	const char *why = NULL;

	if (!s->report.no_exec && change_plan_has_commands(&s->planned))
		why = exec_check_root(s->root);
	return why ? report_problem(&s->report, PROBLEM_REFUSED, "%s", why) : 0;
}

/* A finding is about what a part does that was left out. */
static bool is_left_out(const struct setup *s, const struct finding *finding)
{
	return !s->initramfs && (strcmp(finding->id, "boot-room") == 0 ||
				 (!s->kernel_args && strcmp(finding->id, "mounts") == 0));
}

/* What a person wants to know even if nothing speaks against it. */
static bool is_news(const struct finding *finding)
{
	return finding->state == STATE_PASS &&
	       TEXT_IS_ANY(finding->id, "thief-drivers", "next-boot", "secure-boot");
}

static int take_finding(struct setup *s, const struct finding *finding)
{
	const char *remedy = finding->remedy ? finding->remedy : "";
	const char *separator = finding->remedy ? "; " : "";

	if (is_left_out(s, finding))
		return 0;
	if (is_news(finding) && text_list_add(&s->report.notes, "%s", finding->message) < 0)
		return report_errno(&s->report, -ENOMEM, "the checks can't be printed");
	if (finding->state != STATE_WARN && finding->state != STATE_FAIL)
		return 0;
	if (finding->state == STATE_FAIL && !s->report.problem)
		return report_problem(&s->report, PROBLEM_REFUSED, "%s%s%s", finding->message,
				      separator, remedy);
	if (text_list_add(&s->report.warnings, "%s%s%s", finding->message, separator, remedy) < 0)
		return report_errno(&s->report, -ENOMEM, "the checks can't be printed");
	return finding->state == STATE_FAIL ? -ECANCELED : 0;
}

/* All that speaks against it is told at once. */
static int check(struct setup *s)
{
	int r = precheck(s->root, &s->node, s->selection.text, s->kargs_rewritten,
			 &s->report.checks);

	if (r < 0)
		return report_errno(&s->report, r, "the node can't be looked at");
	for (size_t i = 0; i < s->report.checks.n; i++) {
		int one = take_finding(s, &s->report.checks.finding[i]);

		r = r == 0 ? one : r;
	}
	return r;
}

static int finish(struct setup *s)
{
	bool config_reboot = false;
	int r = setup_needs_reboot(s, &config_reboot);

	if (r < 0)
		return report_errno(&s->report, r, "the node can't be read");
	s->report.reboot |= config_reboot;
	return 0;
}

static int carry_out(struct setup *s, bool ask)
{
	bool work = change_plan_has_work(&s->planned);
	int r = check_rights(s);

	ask |= work && prompt_is_possible() && !s->invocation->value[OPTION_YES];
	if (r < 0)
		return r;
	report_notes(&s->report, ask ? stderr : stdout);
	if (ask)
		report_warnings(&s->report);
	if (ask && !setup_ask_go_on(s))
		return report_problem(&s->report, PROBLEM_REFUSED, "nothing was changed");
	r = setup_carry_out(s);
	return r == 0 ? finish(s) : r;
}

static int setup(struct setup *s)
{
	bool ask = false;
	int r = read_options(s);

	if (r == 0)
		r = read_machine(s);
	if (r == 0)
		r = adopt(s);
	if (r == 0)
		r = setup_choose(s, &ask);
	if (r == 0)
		r = setup_plan_all(s);
	if (r == 0 && change_plan_has_work(&s->planned))
		r = check(s);
	if (r < 0)
		return r;
	if (!s->report.dry_run)
		return carry_out(s, ask);
	report_notes(&s->report, stdout);
	s->report.changed = change_plan_has_work(&s->planned);
	s->report.reboot |= s->report.changed;
	return change_plan_append(&s->report.actions, &s->planned) < 0
		       ? report_errno(&s->report, -ENOMEM, "the plan can't be printed")
		       : 0;
}

static void setup_free(struct setup *s)
{
	policy_free(&s->policy);
	kargs_view_free(&s->boot);
	node_free(&s->node);
	candidates_free(&s->candidates);
	selection_free(&s->selection);
	adoption_free(&s->adoption);
	setup_facts_free(&s->facts);
	free(s->picked);
	change_plan_free(&s->planned);
	change_run_free(&s->run);
	report_free(&s->report);
}

static enum exit_code run(const struct invocation *invocation)
{
	struct setup s = {
		.invocation = invocation,
		.root = invocation->root,
		.run = {.root = invocation->root,
			.record = SETUP_RECORD,
			.no_exec = invocation->no_exec},
		.report = setup_report_begin("setup", "nothing to do: all is set up", invocation),
	};
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;
	int r = report_lock(&s.report, invocation->root, &lock);

	if (r == 0)
		r = invocation->value[OPTION_IMAGE] ? setup_image(invocation, &s.report)
						    : setup(&s);
	code = setup_report_end(&s.report, r);
	setup_free(&s);
	return code;
}

static const struct accepted options[] = {
	{.option = OPTION_ALL_GPUS},
	{.option = OPTION_ADDRESSES},
	{.option = OPTION_IDS},
	{.option = OPTION_BY_PATH},
	{.option = OPTION_ADOPT},
	{.option = OPTION_BOOT_VGA},
	{.option = OPTION_ALIAS,
	 .help = "the alias that flavors ask for; written where /etc/nova is there"},
	{.option = OPTION_PLACEMENT,
	 .help = "Nova reports the GPUs to Placement, for good",
	 .bare = true},
	{.option = OPTION_GATE},
	{.option = OPTION_SYNC},
	{.option = OPTION_TRIAL,
	 .help = "boot the kernel arguments once; gpuclaimctl commit makes them permanent"},
	{.option = OPTION_NO_INITRAMFS},
	{.option = OPTION_NO_KERNEL_ARGS},
	{.option = OPTION_NO_NOVA},
	{.option = OPTION_IMAGE},
	{.option = OPTION_ROOT,
	 .help = "take every path below DIR, and run DIR's own programs in a chroot"},
	{.option = OPTION_DRY_RUN},
	{.option = OPTION_NO_EXEC},
	{.option = OPTION_YES},
	{.option = OPTION_JSON},
	{.option = OPTION_QUIET},
};

const struct verb verb_setup = {
	.name = "setup",
	.summary = "make this node ready to claim GPUs, in one go",
	.about =
		"Write which GPUs to claim, build the initramfs of every installed kernel anew, enable\n"
		"gpuclaim-ready.service, tell Nova, and last add the kernel arguments. Nothing is claimed\n"
		"without these: a run that is cut off leaves a node that boots as it did. A second run goes\n"
		"on from there, or has nothing to do; gpuclaimctl undo takes all of it back.\n"
		"If no GPU is named, the claim lines in /etc/gpuclaim name them; if there are none either,\n"
		"a person at a terminal chooses by numbers.",
	.exits =
		"0 done; 1 failed; 2 wrong usage, no choice, or a broken configuration; 4 refused, nothing changed; 5 another gpuclaimctl is at work.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.run = run,
};
