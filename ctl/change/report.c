/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/change/report.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "ctl/change/edit.h"
#include "ctl/change/editor.h"
#include "ctl/change/exec.h"
#include "ctl/print/diff.h"
#include "ctl/print/json.h"
#include "ctl/print/terminal.h"
#include "helper/base/text.h"

#define INDENT 4

struct report report_begin(const char *verb, const enum report_key *keys,
			   const struct invocation *invocation)
{
	return (struct report){
		.verb = verb,
		.keys = keys,
		.json = invocation->json,
		.quiet = invocation->quiet,
		.dry_run = invocation->dry_run,
		.no_exec = invocation->no_exec,
	};
}

void report_free(struct report *report)
{
	change_plan_free(&report->actions);
	text_list_free(&report->notes);
	text_list_free(&report->warnings);
	text_list_free(&report->not_taken);
	findings_free(&report->checks);
	free(report->problem);
	free(report->output);
}

static bool is_silent(const struct report *report)
{
	return report->quiet || report->json;
}

void report_result(const struct report *report, const char *result)
{
	if (is_silent(report))
		return;
	terminal_print(stdout, result);
	fputc('\n', stdout);
	(void)fflush(stdout); /* what fails here is found at the end of main() */
}

int report_steps(struct report *report, const struct change_plan *plan,
		 const struct change_run *run)
{
	int r;

	if (run->nothing_changed)
		return 0;
	r = change_plan_append(&report->actions, plan);
	for (size_t i = 0; i < run->done.n; i++)
		report_result(report, run->done.text[i]);
	report->changed |= run->done.n > 0;
	return r;
}

int report_problem(struct report *report, enum problem kind, const char *format, ...)
{
	va_list args;

	if (report->problem)
		return -ECANCELED;
	report->kind = kind;
	report->refused = kind != PROBLEM_FAILED;
	va_start(args, format);
	(void)!text_replace(&report->problem, format, args);
	va_end(args);
	return -ECANCELED;
}

int report_errno(struct report *report, int r, const char *what)
{
	enum problem kind = edit_is_refusal(r) ? PROBLEM_REFUSED : PROBLEM_FAILED;

	if (r == -EBADMSG)
		return report_problem(report, kind,
				      "%s: it was not written by this program; move it away", what);
	if (undo_why(r))
		return report_problem(report, kind, "%s: the record %s", what, undo_why(r));
	return report_problem(report, kind, "%s: %s", what, strerror(-r));
}

bool report_wants_root(int r)
{
	return (r == -EACCES || r == -EPERM) && geteuid() != 0;
}

int report_lock_failed(struct report *report, int r, const char *who)
{
	if (r == -EBUSY)
		return report_problem(report, PROBLEM_LOCKED, "another %s is at work", who);
	if (report_wants_root(r))
		return report_problem(report, PROBLEM_REFUSED,
				      "the lock can't be taken: %s: run this as root",
				      strerror(-r));
	return report_errno(report, r, "the lock can't be taken");
}

int report_lock(struct report *report, const struct root *root, int *ret_fd)
{
	int fd;

	if (report->dry_run)
		return 0;
	fd = edit_lock(root);
	if (fd < 0)
		return report_lock_failed(report, fd, "gpuclaimctl");
	/* Who reads along may go away: what was begun is done, and main() tells of the loss. */
	(void)signal(SIGPIPE, SIG_IGN);
	*ret_fd = fd;
	return 0;
}

void report_notes(const struct report *report, FILE *to)
{
	for (size_t i = 0; i < report->notes.n && !is_silent(report); i++)
		paragraph_print(to, 0, INDENT, report->notes.text[i]);
}

static void complain_line(const struct report *report, const char *line)
{
	int n = fprintf(stderr, "gpuclaimctl: %s: ", report->verb);

	paragraph_print(stderr, n > 0 ? (size_t)n : 0, INDENT, line);
}

void report_complain(const struct report *report, const char *what)
{
	_cleanup_free_ char *copy = strdup(what);
	char *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		text_make_printable(line);
		complain_line(report, line);
	}
	if (!copy)
		complain_line(report, what);
}

void report_warnings(struct report *report)
{
	for (; report->warned < report->warnings.n; report->warned++)
		report_complain(report, report->warnings.text[report->warned]);
}

int report_take(struct report *report, const struct text_list *warnings)
{
	int r = 0;

	for (size_t i = 0; i < warnings->n && r == 0; i++)
		r = text_list_add(&report->warnings, "%s", warnings->text[i]);
	return r;
}

/* Of a folder nobody is told: the file in it is. */
static bool is_told(const struct change_step *step)
{
	return step->kind != CHANGE_WATCH && editor_of(step->editor)->thing != THING_FOLDER;
}

/* "run" or what is done to a file, and the command or the file; NULL: no memory. */
static char *describe(const struct change_step *step, const char **ret_verb)
{
	*ret_verb = step->kind == CHANGE_COMMAND ? "run" : change_step_verb(step);
	if (step->kind == CHANGE_COMMAND)
		return exec_format((const char *const *)step->argv);
	return text_absolute(step->path);
}

int report_plan(const struct change_plan *plan, FILE *to)
{
	for (size_t i = 0; i < plan->n; i++) {
		_cleanup_free_ char *text = NULL;
		const char *verb;

		if (!is_told(&plan->step[i]))
			continue;
		text = describe(&plan->step[i], &verb);
		if (!text)
			return -ENOMEM;
		text_make_printable(text);
		fprintf(to, "  %s %s\n", verb, text);
	}
	return 0;
}

/* A diff, or the command. */
static int print_step(const struct change_step *step, FILE *to)
{
	const char *verb;
	_cleanup_free_ char *text = describe(step, &verb);

	if (!text)
		return -ENOMEM;
	text_make_printable(text);
	if (step->kind == CHANGE_FILE && editor_of(step->editor)->thing != THING_LINK)
		return diff_print(text, step->before, step->after, to);
	if (step->kind == CHANGE_COMMAND)
		fprintf(to, "would run: %s\n", text);
	else if (step->after)
		fprintf(to, "would link: %s -> %s\n", text, step->after);
	else
		fprintf(to, "would remove the link: %s\n", text);
	return 0;
}

int report_diff(const struct change_plan *plan, FILE *to)
{
	int r = 0;

	for (size_t i = 0; i < plan->n && r == 0; i++)
		if (is_told(&plan->step[i]))
			r = print_step(&plan->step[i], to);
	return r;
}

static int add_actions(const struct change_plan *plan, struct json_object *array)
{
	for (size_t i = 0; i < plan->n; i++) {
		bool command = plan->step[i].kind == CHANGE_COMMAND;
		_cleanup_free_ char *text = NULL;
		struct json_object *action;
		const char *verb;

		if (!is_told(&plan->step[i]))
			continue;
		text = describe(&plan->step[i], &verb);
		if (!text)
			return -ENOMEM;
		action = json_append_object(array);
		json_add_text(action, "action", verb);
		json_add_text(action, command ? "command" : "file", text);
	}
	return 0;
}

static void add_checks(struct json_object *to, const struct findings *checks)
{
	struct json_object *array = json_add_array(to, "checks");

	for (size_t i = 0; i < checks->n; i++) {
		const struct finding *finding = &checks->finding[i];
		struct json_object *check = json_append_object(array);

		json_add_text(check, "id", finding->id);
		json_add_text(check, "state", check_state_name(finding->state));
		json_add_text(check, "message", finding->message);
		json_add_text(check, "remedy", finding->remedy);
	}
}

static void add_key(struct json_object *to, enum report_key key, const struct report *report)
{
	switch (key) {
	case REPORT_END:
		break;
	case REPORT_NOTES:
		json_add_texts(to, "notes", &report->notes);
		break;
	case REPORT_CHECKS:
		add_checks(to, &report->checks);
		break;
	case REPORT_WARNINGS:
		json_add_texts(to, "warnings", &report->warnings);
		break;
	case REPORT_REFUSAL:
		json_add_text(to, "refusal", report->refused ? report->problem : NULL);
		break;
	case REPORT_ERROR:
		json_add_text(to, "error", report->refused ? NULL : report->problem);
		break;
	case REPORT_NOT_TAKEN:
		json_add_texts(to, "not_taken", &report->not_taken);
		break;
	case REPORT_DEVICE_SPECS:
		json_add_number(to, "device_specs", (int64_t)report->device_specs);
		break;
	}
}

static int print_json(const struct report *report)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();
	int r;

	json_add_number(top, "version", 1);
	if (report->trial)
		json_add_text(top, "trial", report->trial);
	json_add_bool(top, "changed", report->changed);
	json_add_bool(top, "reboot_required", report->reboot);
	json_add_bool(top, "dry_run", report->dry_run);
	r = add_actions(&report->actions, json_add_array(top, "actions"));
	for (const enum report_key *key = report->keys; *key != REPORT_END; key++)
		add_key(top, *key, report);
	return r < 0 ? r : json_print(top, stdout);
}

/* What had no effect or was left is reported by itself; the rest is done. */
static bool is_done(const struct report *report, int r)
{
	return !report->problem && (r == 0 || report->left || report->not_taken.n > 0);
}

static int print_text(const struct report *report)
{
	int r = report->dry_run ? report_diff(&report->actions, stdout) : 0;

	if (r == 0 && report->nothing && !report->left && !change_plan_has_work(&report->actions))
		puts(report->nothing);
	return r;
}

static void complain_of_all(struct report *report)
{
	report_warnings(report);
	if (report->output)
		fputs(report->output, stderr);
	if (report->problem)
		report_complain(report, report->problem);
	if (report->as_before)
		report_complain(report, "all is as it was before");
	for (size_t i = 0; i < report->not_taken.n; i++)
		report_complain(report, report->not_taken.text[i]);
}

enum exit_code problem_exit_code(enum problem problem)
{
	static const enum exit_code codes[] = {
		[PROBLEM_FAILED] = EXIT_CODE_FAILED,	   [PROBLEM_USAGE] = EXIT_CODE_USAGE,
		[PROBLEM_NOT_READY] = EXIT_CODE_NOT_READY, [PROBLEM_REFUSED] = EXIT_CODE_REFUSED,
		[PROBLEM_LOCKED] = EXIT_CODE_LOCKED,
	};

	return codes[problem];
}

/* Whatever errno says: who changed something has refused nothing. */
enum exit_code report_exit_code(const struct report *report, int r)
{
	if (r == 0 && !report->problem)
		return EXIT_CODE_OK;
	if (report->kind == PROBLEM_REFUSED && report->changed && !report->dry_run)
		return EXIT_CODE_FAILED;
	return problem_exit_code(report->kind);
}

enum exit_code report_end(struct report *report, int r)
{
	enum exit_code code = report_exit_code(report, r);
	bool done = is_done(report, r);

	report->refused &= code != EXIT_CODE_FAILED;
	r = 0;
	if (report->json)
		r = print_json(report);
	else if (done && !report->quiet)
		r = print_text(report);
	complain_of_all(report);
	if (r < 0 || (!done && !report->problem))
		report_complain(report, strerror(ENOMEM));
	if (r == 0 && done && report->next && !is_silent(report))
		paragraph_print(stdout, 0, INDENT, report->next);
	return r < 0 ? EXIT_CODE_FAILED : code;
}
