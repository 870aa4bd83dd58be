/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/kargs/report.h"

#include <stdio.h>
#include <string.h>

#include "ctl/change/print.h"

static void add_texts(struct json_object *array, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, json_text(list->text[i]));
}

static int print_json(const struct kargs_report *report, const struct invocation *invocation,
		      const struct kargs_job *c, size_t n)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	const char *refusal = NULL, *error = report->error;
	struct json_object *actions, *warnings, *not_taken;
	bool changed = false;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		changed |= c[i].changed;
		refusal = c[i].plan.refusal ? c[i].plan.refusal : refusal;
		error = c[i].trouble ? c[i].trouble : c[i].run.error ? c[i].run.error : error;
	}
	json_object_object_add(top, "version", json_object_new_int(1));
	if (report->trial)
		json_add_text(top, "trial", report->trial);
	json_add_bool(top, "changed", changed);
	json_add_bool(top, "reboot_required", n && c[n - 1].reboot);
	json_add_bool(top, "dry_run", invocation->dry_run);
	actions = json_add_array(top, "actions");
	warnings = json_add_array(top, "warnings");
	json_add_text(top, "refusal", refusal);
	json_add_text(top, "error", error);
	not_taken = json_add_array(top, "not_taken");
	for (size_t i = 0; i < n && r == 0; i++) {
		r = c[i].run.nothing_changed ? 0 : plan_add_actions(&c[i].plan, actions);
		add_texts(warnings, &c[i].plan.warnings);
		add_texts(not_taken, &c[i].complaints);
	}
	return r < 0 ? r : json_print(top, stdout);
}

static int print_text(const struct kargs_report *report, const struct invocation *invocation,
		      const struct kargs_job *c, size_t n)
{
	bool changed = false, failed = report->error, left = false;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < c[i].run.done.n && !c[i].run.nothing_changed; k++)
			puts(c[i].run.done.text[k]);
		changed |= c[i].changed;
		left |= c[i].plan.left.n > 0;
		failed |= c[i].plan.refusal || c[i].run.error || c[i].trouble;
	}
	for (size_t i = 0; i < n && invocation->dry_run && !failed && r == 0; i++)
		r = plan_print(&c[i].plan, stdout);
	if (r < 0 || failed || (invocation->dry_run && changed))
		return r;
	if (!changed && !left)
		puts(report->nothing);
	if (n && c[n - 1].reboot)
		puts("a reboot is due");
	return 0;
}

static void say(const struct kargs_report *report, const char *what)
{
	if (what)
		fprintf(stderr, "gpuclaimctl: %s: %s\n", report->verb, what);
}

static void say_all(const struct kargs_report *report, const struct text_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		say(report, list->text[i]);
}

static void complain(const struct kargs_report *report, const struct kargs_job *c)
{
	say_all(report, &c->plan.warnings);
	say(report, c->plan.refusal);
	say(report, c->trouble);
	if (c->run.output)
		fputs(c->run.output, stderr);
	say(report, c->run.error);
	if (c->run.error && c->run.nothing_changed)
		say(report, "all is as it was before");
	say_all(report, &c->complaints);
}

enum exit_code kargs_report(const struct kargs_report *report, const struct invocation *invocation,
			    const struct kargs_job *c, size_t n, enum exit_code code)
{
	int r = invocation->json ? print_json(report, invocation, c, n)
				 : print_text(report, invocation, c, n);

	for (size_t i = 0; i < n; i++)
		complain(report, &c[i]);
	say(report, report->error);
	if (r == 0)
		return code;
	say(report, "the report can't be printed: out of memory");
	return EXIT_CODE_FAILED;
}

/* The first of what speaks against it. */
static const char *trouble_of(const struct kargs_job *job)
{
	if (job->plan.refusal)
		return job->plan.refusal;
	if (job->run.error)
		return job->run.error;
	if (job->trouble)
		return job->trouble;
	if (job->complaints.n)
		return job->complaints.text[0];
	return strerror(ENOMEM);
}

enum exit_code report_job(struct report *report, struct kargs_job *job, enum exit_code code)
{
	bool told = job->invocation->dry_run || report->dry_run;
	int r = told ? 0 : report_steps(report, &job->plan, &job->run);

	if (r < 0)
		return report_errno(report, r, "what was done can't be told");
	if (!told)
		report->reboot = job->reboot;
	/* What was left as another hand made it is told by the plan's warnings. */
	if (code == EXIT_CODE_OK || (job->plan.left.n && !job->run.error && !job->trouble))
		return EXIT_CODE_OK;
	report->output = TAKE_PTR(job->run.output);
	if (code == EXIT_CODE_REFUSED && report->changed)
		code = EXIT_CODE_FAILED;
	return report_problem(report, code, "the kernel arguments: %s", trouble_of(job));
}
