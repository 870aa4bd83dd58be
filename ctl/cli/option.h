/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of gpuclaimctl: a row each. */
#ifndef GPUCLAIM_CTL_CLI_OPTION_H
#define GPUCLAIM_CTL_CLI_OPTION_H

#include <getopt.h>

#include "ctl/verb.h"

/**
 * enum argument - what an option wants to be given
 * @ARGUMENT_NONE:	nothing
 * @ARGUMENT_OPTIONAL:	a text behind "=", or nothing
 * @ARGUMENT_TEXT:	a text that nobody can guess
 * @ARGUMENT_WORD:	one of a few words
 * @ARGUMENT_RELEASE:	a release of Nova
 */
enum argument {
	ARGUMENT_NONE,
	ARGUMENT_OPTIONAL,
	ARGUMENT_TEXT,
	ARGUMENT_WORD,
	ARGUMENT_RELEASE,
	ARGUMENT_FILE,
	ARGUMENT_FOLDER,
};

/**
 * struct option_row - one option
 * @name:	without the two hyphens
 * @letter:	stands for the same; 0: none does
 * @value:	what stands for its argument in --help: "DIR"; of ARGUMENT_WORD the words: "a|b"
 * @help:	what it does, unless a verb says otherwise; NULL: each verb says it
 */
struct option_row {
	const char *name;
	char letter;
	enum argument argument;
	const char *value;
	const char *help;
};

extern const struct option_row option_rows[_OPTION_COUNT];

/** struct option_table - the rows as getopt_long() wants them */
struct option_table {
	struct option option[_OPTION_COUNT + 1];
	char letters[2 + _OPTION_COUNT];
};

/** option_table_make() - a missing value is told apart from an option that there is not. Pure. */
void option_table_make(struct option_table *ret);

/** option_of() - the option that getopt_long() found, by name or by letter. Pure. */
enum verb_option option_of(int found);

/** option_accepted() - how a verb takes an option; NULL: it does not. Pure. */
const struct accepted *option_accepted(const struct verb *verb, enum verb_option option);

/** option_help() - what an option does for those who take it so. Pure. */
const char *option_help(const struct accepted *accepted);

#endif
