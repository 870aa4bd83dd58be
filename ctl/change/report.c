/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/report.h"

#include <stdarg.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/change/plan.h"
#include "ctl/change/print.h"

void report_free(struct report *report)
{
	change_plan_free(&report->actions);
	text_list_free(&report->notes);
	text_list_free(&report->warnings);
	findings_free(&report->checks);
	free(report->problem);
	free(report->output);
}

static bool is_silent(const struct report *report)
{
	return report->quiet || report->json;
}

void report_say(const struct report *report, const char *format, ...)
{
	va_list args;

	if (is_silent(report))
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	(void)fflush(stdout); /* what fails here is found at the end of main() */
}

void report_result(const struct report *report, const char *result)
{
	if (!is_silent(report))
		puts(result);
}

int report_steps(struct report *report, const struct change_plan *plan,
		 const struct change_run *run)
{
	int r = 0;

	if (run->nothing_changed)
		return 0;
	for (size_t i = 0; i < plan->n && r == 0; i++)
		r = change_plan_add(&report->actions, &plan->step[i]);
	for (size_t i = 0; i < run->done.n; i++)
		report_result(report, run->done.text[i]);
	report->changed |= run->done.n > 0;
	return r;
}

enum exit_code report_problem(struct report *report, enum exit_code code, const char *format, ...)
{
	va_list args;

	if (report->problem)
		return code;
	va_start(args, format);
	if (vasprintf(&report->problem, format, args) < 0)
		report->problem = NULL;
	va_end(args);
	return code;
}

enum exit_code report_errno(struct report *report, int r, const char *what)
{
	return report_problem(
		report, edit_is_refusal(r) ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED, "%s: %s", what,
		r == -EBADMSG ? "it was not written by this program; move it away" : strerror(-r));
}

enum exit_code report_lock(struct report *report, const struct root *root, int *ret_fd)
{
	int fd;

	if (report->dry_run)
		return EXIT_CODE_OK;
	fd = edit_lock(root);
	if (fd == -EBUSY)
		return report_problem(report, EXIT_CODE_LOCKED,
				      "another gpuclaimctl is at work; try again when it is done");
	if (fd < 0)
		return report_errno(report, fd, "the lock can't be taken");
	*ret_fd = fd;
	return EXIT_CODE_OK;
}

void report_notes(const struct report *report, FILE *to)
{
	for (size_t i = 0; i < report->notes.n && !is_silent(report); i++)
		fprintf(to, "%s\n", report->notes.text[i]);
}

void report_warnings(struct report *report)
{
	for (; report->warned < report->warnings.n; report->warned++)
		fprintf(stderr, "gpuclaimctl: %s: %s\n", report->verb,
			report->warnings.text[report->warned]);
}

int report_take(struct report *report, const struct text_list *warnings)
{
	int r = 0;

	for (size_t i = 0; i < warnings->n && r == 0; i++)
		r = text_list_add(&report->warnings, "%s", warnings->text[i]);
	return r;
}

static void add_checks(struct json_object *to, const struct findings *checks)
{
	struct json_object *array = json_add_array(to, "checks");

	for (size_t i = 0; i < checks->n; i++) {
		const struct finding *finding = &checks->finding[i];
		struct json_object *check = json_object_new_object();

		json_object_array_add(array, check);
		json_add_text(check, "id", finding->id);
		json_add_text(check, "state", check_state_name(finding->state));
		json_add_text(check, "message", finding->message);
		json_add_text(check, "remedy", finding->remedy);
	}
}

static int print_json(const struct report *report, enum exit_code code)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	bool failed = code == EXIT_CODE_FAILED;
	int r;

	json_object_object_add(top, "version", json_object_new_int(1));
	json_add_bool(top, "changed", report->changed);
	json_add_bool(top, "reboot_required", report->reboot);
	json_add_bool(top, "dry_run", report->dry_run);
	r = plan_add_actions(&report->actions, json_add_array(top, "actions"));
	json_add_texts(top, "notes", &report->notes);
	add_checks(top, &report->checks);
	json_add_texts(top, "warnings", &report->warnings);
	json_add_text(top, "refusal", failed ? NULL : report->problem);
	json_add_text(top, "error", failed ? report->problem : NULL);
	return r < 0 ? r : json_print(top, stdout);
}

static int print_text(const struct report *report, enum exit_code code)
{
	if (report->quiet || code != EXIT_CODE_OK)
		return 0;
	if (report->dry_run)
		return plan_print(&report->actions, stdout);
	if (!report->changed)
		puts(report->nothing);
	return 0;
}

enum exit_code report_end(struct report *report, enum exit_code code)
{
	int r = report->json ? print_json(report, code) : print_text(report, code);

	report_warnings(report);
	if (report->output)
		fputs(report->output, stderr);
	if (report->problem)
		fprintf(stderr, "gpuclaimctl: %s: %s\n", report->verb, report->problem);
	else if (r < 0 || code != EXIT_CODE_OK)
		fprintf(stderr, "gpuclaimctl: %s: %s\n", report->verb, strerror(ENOMEM));
	if (r == 0 && code == EXIT_CODE_OK && report->reboot && !is_silent(report))
		puts(report->dry_run ? "a reboot would be due" : "Reboot, then gpuclaimctl status");
	return r < 0 ? EXIT_CODE_FAILED : code;
}
