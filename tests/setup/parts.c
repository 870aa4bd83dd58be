/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of setup that only read, one at a time, for parts.py:
 *
 *     parts ROOT select [ids=LIST] [addresses=LIST] [all-gpus] [boot-vga=WORD]
 *
 * prints notes as "# NOTE", then the text, or "refused: WHY" ("usage: WHY");
 *
 *     parts ROOT precheck <TEXT
 *
 * prints "STATE ID: MESSAGE" and "  REMEDY" for a file of setup's with this text.
 *
 *     parts ROOT adopt [apply]
 *
 * prints "= ADDRESSES", "# NOTE", "! WARNING", and the diff of each file; apply
 * changes them. For each it is tried whether an undo gives what was there,
 * also where another hand has added a line: "NOT UNDONE" if not.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/change/edit.h"
#include "ctl/change/editor.h"
#include "ctl/change/plan.h"
#include "ctl/choose/adopt.h"
#include "ctl/choose/selection.h"
#include "ctl/kargs/view.h"
#include "ctl/precheck/precheck.h"
#include "ctl/print/diff.h"

static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static int print_selection(const struct root *root, const struct selection_request *request)
{
	struct selection selection _cleanup_(selection_free) = {0};
	struct candidates candidates _cleanup_(candidates_free) = {0};
	struct node node;
	int r;

	r = node_read(root, &node);
	if (r < 0)
		return r;
	r = candidates_read(root, &node.assessment.machine, &candidates);
	if (r == 0)
		r = selection_make(&node, &candidates, request, &selection);
	node_free(&node);
	if (r < 0)
		return r;

	for (size_t i = 0; i < selection.notes.n; i++)
		printf("# %s\n", selection.notes.text[i]);
	if (selection.refusal)
		printf("%s: %s\n", selection.usage ? "usage" : "refused", selection.refusal);
	else
		printf("= %zu\n%s", selection.n_gpus, selection.text);
	return 0;
}

static int select_gpus(const struct root *root, char **words)
{
	struct selection_request request = {0};

	for (; *words; words++) {
		if (value_of(*words, "ids"))
			request.ids = value_of(*words, "ids");
		else if (value_of(*words, "addresses"))
			request.addresses = value_of(*words, "addresses");
		else if (value_of(*words, "boot-vga"))
			request.boot_vga = value_of(*words, "boot-vga");
		else if (strcmp(*words, "all-gpus") == 0)
			request.all_gpus = true;
		else
			return -EINVAL;
	}
	return print_selection(root, &request);
}

static int print_findings(const struct root *root, const struct node *node, const char *text)
{
	struct findings findings _cleanup_(findings_free) = {0};
	int r = precheck(root, node, text, true, &findings);

	if (r < 0)
		return r;
	for (size_t i = 0; i < findings.n; i++) {
		const struct finding *f = &findings.finding[i];

		printf("%s %s: %s\n", check_state_name(f->state), f->id, f->message);
		if (f->remedy)
			printf("  %s\n", f->remedy);
	}
	if (findings_failed(&findings))
		printf("refused by %s\n", findings_failed(&findings)->id);
	return 0;
}

static int check(const struct root *root)
{
	_cleanup_free_ char *text = NULL;
	struct node node;
	int r;

	r = root_read_fd(STDIN_FILENO, 1u << 20, &text, NULL);
	if (r < 0)
		return r;
	r = node_read(root, &node);
	if (r < 0)
		return r;
	r = node_read_boot(root, &node);
	if (r == 0)
		r = node_find_images(root, &node);
	if (r == 0)
		r = print_findings(root, &node, text);
	node_free(&node);
	return r;
}

static bool undoes(const struct undo_file *file, const char *current, const char *expected)
{
	_cleanup_free_ char *target = NULL;
	size_t gone;

	return undo_without_ours(file, current, &target, &gone) == 0 && gone == 0 && target &&
	       strcmp(target, expected) == 0;
}

static bool is_undone(const struct change_step *step)
{
	const struct undo_file file = {
		.path = step->path,
		.before = step->before,
		.after = step->after,
		.editor = step->editor,
	};
	_cleanup_free_ char *longer = NULL, *expected = NULL;

	if (!undoes(&file, step->after, step->before) || !undoes(&file, step->before, step->before))
		return false;
	if (!step->after)
		return true;
	if (asprintf(&longer, "# another hand\n%s", step->after) < 0 ||
	    asprintf(&expected, "# another hand\n%s", step->before) < 0)
		return false;
	return undoes(&file, longer, expected);
}

static int run_step(const struct root *root, const struct change_step *step, bool apply)
{
	char path[300];
	int r;

	snprintf(path, sizeof(path), "/%s", step->path);
	r = diff_print(path, step->before, step->after, stdout);
	if (r < 0)
		return r;
	if (!is_undone(step))
		puts("NOT UNDONE");
	if (!apply)
		return 0;
	return step->after ? edit_replace(root, step->path, step->after, strlen(step->after))
			   : edit_remove(root, step->path);
}

static int print_adoption(const struct root *root, const struct adoption *adoption, bool apply)
{
	int r = 0;

	printf("= %s\n", adoption->addresses ? adoption->addresses : "");
	for (size_t i = 0; i < adoption->notes.n; i++)
		printf("# %s\n", adoption->notes.text[i]);
	for (size_t i = 0; i < adoption->plan.warnings.n; i++)
		printf("! %s\n", adoption->plan.warnings.text[i]);
	for (size_t i = 0; i < adoption->plan.n && r == 0; i++)
		r = run_step(root, &adoption->plan.step[i], apply);
	return r;
}

static int adopt(const struct root *root, bool apply)
{
	struct candidates candidates _cleanup_(candidates_free) = {0};
	struct adoption adoption _cleanup_(adoption_free) = {0};
	struct kargs_view view _cleanup_(kargs_view_free) = {0};
	struct node node;
	int r;

	r = node_read(root, &node);
	if (r < 0)
		return r;
	r = candidates_read(root, &node.assessment.machine, &candidates);
	if (r == 0)
		r = kargs_view_read(root, NULL, &view);
	if (r == 0)
		r = adopt_plan(&(struct adoptable){root, &node, &candidates, &view},
			       &(struct selection_request){0}, &adoption);
	node_free(&node);
	return r < 0 ? r : print_adoption(root, &adoption, apply);
}

int main(int argc, char **argv)
{
	struct root root _cleanup_(root_close) = {.fd = -EBADF};
	int r = argc > 2 ? root_open(argv[1], &root) : -EINVAL;

	if (r == 0 && strcmp(argv[2], "select") == 0)
		r = select_gpus(&root, argv + 3);
	else if (r == 0 && strcmp(argv[2], "precheck") == 0)
		r = check(&root);
	else if (r == 0 && strcmp(argv[2], "adopt") == 0)
		r = adopt(&root, argv[3] != NULL);
	else if (r == 0)
		r = -EINVAL;
	if (r < 0)
		fprintf(stderr, "parts: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
