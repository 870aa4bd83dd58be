/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/cli/command_line.h"
#include "ctl/cli/completion.h"
#include "ctl/cli/help.h"
#include "ctl/machine/resetting.h"
#include "ctl/verb.h"

static enum exit_code print_completion(const struct invocation *invocation);

static const struct verb_action shells[] = {
	{"bash", "for bash", print_completion},
	{"zsh", "for zsh", print_completion},
	{"fish", "for fish", print_completion},
};

/* No verb that --help lists: the build asks it for what is installed. */
static const struct verb verb_completion = {
	.name = "completion",
	.about = "Print what completes the words of gpuclaimctl in a shell.",
	.exits = "0 done; 2 wrong usage.",
	.actions = shells,
	.n_actions = ARRAY_SIZE(shells),
};

static const struct verb *const verbs[] = {
	&verb_scan,  &verb_setup, &verb_status,	    &verb_kargs, &verb_commit,
	&verb_nova,  &verb_claim, &verb_release,    &verb_dump,	 &verb_explain,
	&verb_fleet, &verb_undo,  &verb_completion, NULL,
};

static enum exit_code print_completion(const struct invocation *invocation)
{
	completion_print(invocation->action, verbs, stdout);
	return EXIT_CODE_OK;
}

static int open_root(struct command_line *line, struct root *root, struct text_list *stalled)
{
	int r = root_open(line->prefix, root);

	if (r < 0)
		return command_line_wrong(line, "--root %s: cannot be opened: %s", line->prefix,
					  strerror(-r));
	if (resetting_find(root, stalled) == 0) {
		root->avoid = stalled->text;
		root->n_avoid = stalled->n;
	}
	line->invocation.root = root;
	return 0;
}

/* What is wrong with the command line is told here alone, and becomes an exit code here. */
static enum exit_code run(int argc, char **argv, struct command_line *line)
{
	struct text_list stalled _cleanup_(text_list_free) = {0};
	struct root root _cleanup_(root_close) = {.fd = -EBADF};
	int r = command_line_read(argc, argv, verbs, line);

	if (r == 0 && line->run)
		r = open_root(line, &root, &stalled);
	if (r < 0)
		return command_line_tell(line, argv) < 0 ? EXIT_CODE_FAILED : EXIT_CODE_USAGE;
	if (line->run)
		return line->run(&line->invocation);
	if (line->given & ACCEPTS(OPTION_VERSION))
		puts("gpuclaimctl " GPUCLAIM_VERSION);
	else if (line->verb)
		help_print_verb(line->verb, stdout);
	else
		help_print(verbs, stdout);
	return EXIT_CODE_OK;
}

/* A full disk shows only now; half a report must not pass for a whole one. */
static enum exit_code end_output(enum exit_code code)
{
	bool lost = ferror(stdout); /* why, nobody knows any more */

	if (fflush(stdout) == 0 && !lost)
		return code;
	fprintf(stderr,
		"gpuclaimctl: standard output: cannot be written%s%s; nothing was stopped by that: run it again to see what it says\n",
		lost ? "" : ": ", lost ? "" : strerror(errno));
	return EXIT_CODE_FAILED;
}

int main(int argc, char **argv)
{
	struct command_line line = {0};
	enum exit_code code = run(argc, argv, &line);

	command_line_free(&line);
	return (int)end_output(code);
}
