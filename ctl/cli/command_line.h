/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: read, held against the rows, and what is wrong with it. */
#ifndef GPUCLAIM_CTL_CLI_COMMAND_LINE_H
#define GPUCLAIM_CTL_CLI_COMMAND_LINE_H

#include "ctl/verb.h"
#include "helper/base/util.h"

/**
 * struct command_line - what it asks for
 * @prefix:	of --root, or "/"
 * @verb:	NULL with --version, and with --help alone
 * @about:	whose --help tells more of what is wrong; NULL: the program's own
 * @run:	what does it; NULL if there is a text to print only
 * @invocation:	but for its root
 * @takes_files: the action does, as many as there are
 * @given:	which options, as ACCEPTS() bits
 * @problem:	what is wrong with it; owned; NULL also if memory ran out
 */
struct command_line {
	const char *prefix;
	const struct verb *verb, *about;
	enum exit_code (*run)(const struct invocation *invocation);
	struct invocation invocation;
	bool takes_files;
	uint64_t given;
	char *problem;
};

/**
 * command_line_read() - read the arguments of main()
 * @verbs:	ends with NULL
 * @ret:	to be freed, whatever is returned
 *
 * Return: 0, or -EINVAL with @ret's problem set.
 */
int command_line_read(int argc, char **argv, const struct verb *const *verbs,
		      struct command_line *ret) _must_check_;

/** command_line_wrong() - say what is wrong. Return: -EINVAL. */
int command_line_wrong(struct command_line *line, const char *format, ...) _printf_(2, 3);

/**
 * command_line_tell() - tell what is wrong, in JSON, too, if the line asks for that
 *
 * Return: 0, or a negative errno: it can't be printed.
 */
int command_line_tell(const struct command_line *line, char *const *argv) _must_check_;

void command_line_free(struct command_line *line);

#endif
