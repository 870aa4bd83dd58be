// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "edit.h"
#include "exec.h"
#include "json.h"
#include "kargs_run.h"
#include "kargs_show.h"
#include "verb.h"

static const char *const actions[] = {"show", "apply", "revert", NULL};

/* One run of a verb that changes something. */
struct change {
	const struct invocation *invocation;
	bool revert;
	struct kargs_view view;
	struct kargs_plan plan;
	struct kargs_run run;
	struct text_list complaints; /* read back: where it did not take */
	bool changed, reboot;
};

static void say(const char *what)
{
	fprintf(stderr, "gpuclaimctl: kargs: %s\n", what);
}

static enum exit_code cannot(const char *what, int r)
{
	fprintf(stderr, "gpuclaimctl: kargs: %s: %s\n", what, strerror(-r));
	return edit_is_refusal(r) ? EXIT_CODE_REFUSED : EXIT_CODE_FAILED;
}

static enum exit_code show(const struct invocation *invocation)
{
	struct kargs_view view _cleanup_kargs_view_ = {0};
	int r = kargs_view_read(invocation->root, &view);

	if (r == 0)
		r = invocation->json ? kargs_show_json(&view, stdout)
				     : kargs_show_text(&view, stdout);
	return r < 0 ? cannot("the kernel arguments can't be read", r) : EXIT_CODE_OK;
}

static int make_plan(struct change *c)
{
	const struct root *root = c->invocation->root;
	int r = undo_read(root, KARGS_RECORD, &c->run.undo);

	c->run.root = root;
	c->run.loader = &c->view.loader;
	c->run.no_exec = c->invocation->no_exec;
	if (r == 0 && !c->revert && !c->invocation->dry_run)
		r = kargs_run_resume(&c->run);
	if (r == 0)
		r = kargs_view_read(root, &c->view);
	if (r < 0)
		return r;
	return c->revert ? kargs_plan_revert(root, &c->view, &c->run.undo, &c->plan)
			 : kargs_plan_apply(root, &c->view, &c->plan);
}

/* The kernel that runs and the one that will: do they have the same of our arguments? */
static int find_reboot(const struct kargs_view *view, bool changed, bool *ret)
{
	const struct boot_line *running = NULL, *next = NULL;

	for (size_t i = 0; i < view->lines.n; i++) {
		const struct boot_line *line = &view->lines.line[i];

		if (line->kind == BOOT_RUNNING)
			running = line;
		else if (line->kind == BOOT_NEXT)
			next = line;
	}
	*ret = changed;
	if (!running || !next || !next->cmdline)
		return 0;
	*ret = false;
	for (size_t i = 0; i < view->n_wanted; i++) {
		int now = kargs_state(running->cmdline, &view->wanted[i], NULL);
		int then = kargs_state(next->cmdline, &view->wanted[i], NULL);

		if (now < 0 || then < 0)
			return -ENOMEM;
		*ret |= now != then;
	}
	return 0;
}

/* Not assumed: what the boot loader's files say now. */
static int read_back(struct change *c)
{
	struct kargs_view view _cleanup_kargs_view_ = {0};
	int r = kargs_view_read(c->invocation->root, &view);

	if (r == 0)
		r = find_reboot(&view, c->changed, &c->reboot);
	if (r < 0 || c->revert || c->invocation->no_exec)
		return r;
	for (size_t i = 0; i < view.lines.n && r == 0; i++) {
		const struct boot_line *line = &view.lines.line[i];
		struct text_list lacks _cleanup_text_list_ = {0};
		_cleanup_free_ char *title = NULL;

		if (line->kind == BOOT_RUNNING || !kargs_line_is_judged(line))
			continue;
		r = kargs_line_lacks(&view, line, &lacks, &lacks);
		title = kargs_line_title(line);
		if (r == 0 && lacks.n && title)
			r = text_list_add(&c->complaints, "%s, from %s: it did not take: no %s",
					  title, line->source, lacks.text[0]);
	}
	return r;
}

static int print_dry_run(const struct change *c)
{
	int r = 0;

	for (size_t i = 0; i < c->plan.n && r == 0; i++) {
		const struct kargs_step *step = &c->plan.step[i];
		_cleanup_free_ char *text = NULL;

		if (step->kind == KARGS_WATCH)
			continue;
		if (step->kind == KARGS_COMMAND) {
			text = exec_format((const char *const *)step->argv);
			if (!text)
				return -ENOMEM;
			printf("would run: %s\n", text);
		} else if (asprintf(&text, "/%s", step->path) < 0) {
			text = NULL;
			r = -ENOMEM;
		} else {
			r = diff_print(text, step->before, step->after, stdout);
		}
	}
	return r;
}

static int print_actions(struct json_object *to, const struct change *c)
{
	struct json_object *array = json_add_array(to, "actions");

	for (size_t i = 0; i < c->plan.n && !c->run.nothing_changed; i++) {
		const struct kargs_step *step = &c->plan.step[i];
		struct json_object *action;
		_cleanup_free_ char *text = NULL;
		bool command = step->kind == KARGS_COMMAND;

		if (step->kind == KARGS_WATCH)
			continue;
		if (command)
			text = exec_format((const char *const *)step->argv);
		else if (asprintf(&text, "/%s", step->path) < 0)
			text = NULL;
		if (!text)
			return -ENOMEM;
		action = json_object_new_object();
		json_object_array_add(array, action);
		json_add_text(action, "action", command ? "run" : kargs_step_verb(step));
		json_add_text(action, command ? "command" : "file", text);
	}
	return 0;
}

static void add_texts(struct json_object *to, const char *key, const struct text_list *list)
{
	struct json_object *array = json_add_array(to, key);

	for (size_t i = 0; i < list->n; i++)
		json_object_array_add(array, json_text(list->text[i]));
}

static int print_json(const struct change *c)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	int r;

	json_object_object_add(top, "version", json_object_new_int(1));
	json_add_bool(top, "changed", c->changed);
	json_add_bool(top, "reboot_required", c->reboot);
	json_add_bool(top, "dry_run", c->invocation->dry_run);
	r = print_actions(top, c);
	add_texts(top, "warnings", &c->plan.warnings);
	json_add_text(top, "refusal", c->plan.refusal);
	json_add_text(top, "error", c->run.error);
	add_texts(top, "not_taken", &c->complaints);
	return r < 0 ? r : json_print(top, stdout);
}

static int print_text(const struct change *c)
{
	for (size_t i = 0; i < c->run.done.n && !c->run.nothing_changed; i++)
		puts(c->run.done.text[i]);
	if (c->plan.refusal || c->run.error)
		return 0;
	if (c->invocation->dry_run)
		return print_dry_run(c);
	if (!c->changed)
		puts(c->revert ? "nothing to do: nothing of ours is there"
			       : "nothing to do: every kernel has the arguments");
	if (c->reboot)
		puts("a reboot is due");
	return 0;
}

static enum exit_code report(const struct change *c, enum exit_code code)
{
	int r = c->invocation->json ? print_json(c) : print_text(c);

	if (r < 0)
		return cannot("the report can't be printed", r);
	for (size_t i = 0; i < c->plan.warnings.n; i++)
		say(c->plan.warnings.text[i]);
	if (c->plan.refusal)
		say(c->plan.refusal);
	if (c->run.output)
		fputs(c->run.output, stderr);
	if (c->run.error)
		say(c->run.error);
	if (c->run.error && c->run.nothing_changed)
		say("all is as it was before");
	for (size_t i = 0; i < c->complaints.n; i++)
		say(c->complaints.text[i]);
	return code;
}

static enum exit_code carry_out(struct change *c)
{
	const struct invocation *invocation = c->invocation;
	const char *why = NULL;
	int r;

	if (!invocation->no_exec && kargs_plan_has_commands(&c->plan))
		why = exec_check_root(invocation->root);
	if (why) {
		say(why);
		return EXIT_CODE_REFUSED;
	}
	r = c->revert ? kargs_run_revert(&c->run, &c->plan) : kargs_run_apply(&c->run, &c->plan);
	c->changed = r == 0 || !c->run.nothing_changed;
	if (r == 0)
		r = read_back(c);
	if (r == 0)
		return report(c, c->complaints.n ? EXIT_CODE_FAILED : EXIT_CODE_OK);
	if (!c->run.error)
		return cannot("the kernel arguments can't be changed", r);
	return report(c, c->run.nothing_changed && edit_is_refusal(r) ? EXIT_CODE_REFUSED
								      : EXIT_CODE_FAILED);
}

static enum exit_code change(struct change *c)
{
	int r = make_plan(c);

	if (r == -EBADMSG) {
		say("/var/lib/gpuclaim/kargs.undo is not a record that this program wrote; move it away");
		return EXIT_CODE_FAILED;
	}
	if (r < 0)
		return cannot("the kernel arguments can't be read", r);
	if (c->plan.refusal)
		return report(c, EXIT_CODE_REFUSED);
	c->changed = kargs_plan_has_work(&c->plan);
	if (c->changed && !c->invocation->dry_run)
		return carry_out(c);
	if (c->run.undo.open && !c->revert && !c->invocation->dry_run &&
	    kargs_run_close(&c->run, &c->plan) < 0)
		return report(c, EXIT_CODE_FAILED);
	r = find_reboot(&c->view, c->changed, &c->reboot);
	c->reboot |= c->changed; /* would be changed */
	return r < 0 ? cannot("the kernel arguments can't be read", r) : report(c, EXIT_CODE_OK);
}

static enum exit_code run_change(const struct invocation *invocation, bool revert)
{
	struct change c = {.invocation = invocation, .revert = revert};
	_cleanup_close_ int lock = -EBADF;
	enum exit_code code;

	if (!invocation->dry_run)
		lock = edit_lock(invocation->root);
	if (lock == -EBUSY) {
		say("another gpuclaimctl is at work");
		return EXIT_CODE_LOCKED;
	}
	if (lock < 0 && !invocation->dry_run)
		return cannot("the lock can't be taken", lock);
	code = change(&c);
	kargs_view_free(&c.view);
	kargs_plan_free(&c.plan);
	kargs_run_free(&c.run);
	text_list_free(&c.complaints);
	return code;
}

static enum exit_code run(const struct invocation *invocation)
{
	if (strcmp(invocation->action, "show") != 0)
		return run_change(invocation, strcmp(invocation->action, "revert") == 0);
	if (!invocation->dry_run && !invocation->no_exec)
		return show(invocation);
	say("show: it changes nothing: --dry-run and --no-exec are no options of it");
	return EXIT_CODE_USAGE;
}

const struct verb verb_kargs = {
	.name = "kargs",
	.summary = "show, add or take back the kernel arguments",
	.help = "The kernel arguments that the claim needs: intel_iommu=on (where the firmware has "
		"a "
		"DMAR\n"
		"table, or can't be asked), iommu=pt and gpuclaim=1.\n"
		"\n"
		"  show    the arguments of the running kernel, of the next boot, of each "
		"installed "
		"kernel and\n"
		"          of one that is installed later, where each comes from, and what is "
		"missing\n"
		"  apply   add what is missing, by the boot loader's own means, and read it back\n"
		"  revert  take back what apply did\n"
		"\n"
		"      --root DIR  take every path below DIR, and run DIR's own programs in a "
		"chroot\n"
		"      --dry-run   print what would be changed and run, change nothing\n"
		"      --no-exec   change files, print the commands instead of running them\n"
		"      --json      print JSON\n"
		"  -h, --help      print this text\n"
		"\n"
		"Exit status: 0 done; 1 failed, or it did not take; 2 wrong usage; 4 refused or "
		"not "
		"possible\n"
		"here, nothing changed; 5 another gpuclaimctl is at work.",
	.options = ACCEPTS(OPTION_JSON) | ACCEPTS(OPTION_DRY_RUN) | ACCEPTS(OPTION_NO_EXEC),
	.actions = actions,
	.run = run,
};
