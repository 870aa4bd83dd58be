/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The companion's verbs: a file each, and one line in the table of main.c. */
#ifndef GPUCLAIM_CTL_VERB_H
#define GPUCLAIM_CTL_VERB_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/exit_code.h"
#include "helper/base/root.h"

enum verb_option {
	OPTION_ROOT,
	OPTION_JSON,
	OPTION_QUIET,
	OPTION_VERBOSE,
	OPTION_COLUMNS,
	OPTION_NO_HEADINGS,
	OPTION_WAIT,
	OPTION_DRY_RUN,
	OPTION_NO_EXEC,
	OPTION_IDS,
	OPTION_ADDRESSES,
	OPTION_ALL_GPUS,
	OPTION_BY_PATH,
	OPTION_ALIAS,
	OPTION_BOOT_VGA,
	OPTION_NO_KERNEL_ARGS,
	OPTION_NO_INITRAMFS,
	OPTION_NO_NOVA,
	OPTION_IMAGE,
	OPTION_GATE,
	OPTION_TRIAL,
	OPTION_ADOPT,
	OPTION_YES,
	OPTION_RELEASE,
	OPTION_PLACEMENT,
	OPTION_SPARE_MOVES,
	OPTION_SPREAD,
	OPTION_RETURN,
	OPTION_SYNC,
	OPTION_FOR,
	OPTION_GUEST,
	OPTION_FORMAT,
	OPTION_OUTPUT,
	OPTION_SHARED_GROUPS,
	OPTION_NUMA_POLICY,
	OPTION_TRAITS,
	OPTION_TAGS,
	OPTION_PROMETHEUS,
	OPTION_REFRESH,
	OPTION_ALLOW_NONE,
	OPTION_SERVICES,
	OPTION_REFERENCE,
	OPTION_HTML,
	OPTION_TREE,
	OPTION_WHY,
	OPTION_HELP,
	OPTION_VERSION,
	_OPTION_COUNT,
};

/* A set of options, or of a verb's actions. */
#define ACCEPTS(option) (UINT64_C(1) << (option))
#define ACTION(index)	(1u << (index))

/**
 * struct invocation - what the command line asks of a verb
 * @action:	one of the verb's actions; NULL if it has none
 * @operand:	the word that the verb asked for by struct verb's @operand; else NULL
 * @files:	the words that follow an action among struct verb's @files, or that are its
 * @operands; ends with NULL
 * @value:	what was given with each option, "" where an option has no value; NULL: not given
 * @wait_s:	0 unless --wait was given
 */
struct invocation {
	const struct root *root;
	const char *action, *operand;
	const char *const *files;
	const char *value[_OPTION_COUNT];
	bool json, quiet, verbose, dry_run, no_exec;
	unsigned wait_s;
};

/**
 * struct accepted - an option that a verb takes
 * @help:	what it does here; NULL: what its row in ctl/cli/option.c says
 * @actions:	the actions that take it, as ACTION() bits; 0: all
 * @bare:	here its argument, which can be left out, means nothing
 * @words:	those that its argument, a list with commas, may have; ends with NULL; NULL: any
 */
struct accepted {
	enum verb_option option;
	const char *help;
	unsigned actions;
	bool bare;
	const char *const *words;
};

/**
 * struct verb_action - what a verb can be told to do
 * @run:	does it, and tells its own errors
 */
struct verb_action {
	const char *name, *help;
	enum exit_code (*run)(const struct invocation *invocation);
};

/**
 * struct verb - one verb
 * @summary:	one line for the list of verbs; NULL: it is not listed
 * @about:	what --help prints below the synopsis; the lines are made anew
 * @exits:	the exit codes and what they mean, likewise
 * @options:	those it takes, as --help lists them; --help and --version belong to all
 * @actions:	of these the command line names one; none: the verb says it all
 * @files:	the actions that take files as further words, as ACTION() bits
 * @operand:	the one word that it needs, "ADDRESS"; NULL: none
 * @operands:	the files that it needs, one at least: "FILE..."; NULL: none
 * @run:	does it, and tells its own errors; NULL: its action does
 */
struct verb {
	const char *name, *summary, *about, *exits;
	const struct accepted *options;
	size_t n_options;
	const struct verb_action *actions;
	size_t n_actions;
	unsigned files;
	const char *operand, *operands;
	enum exit_code (*run)(const struct invocation *invocation);
};

extern const struct verb verb_claim, verb_commit, verb_dump, verb_explain, verb_fleet, verb_kargs,
	verb_nova, verb_release, verb_scan, verb_setup, verb_status, verb_undo;

#endif
