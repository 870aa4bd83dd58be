/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/command_line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/cli/nearest.h"
#include "ctl/cli/option.h"
#include "ctl/print/json.h"
#include "ctl/print/table.h"

#define WAIT_MAX_S 86400

int command_line_wrong(struct command_line *line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&line->problem, format, args) < 0)
		line->problem = NULL;
	va_end(args);
	return -EINVAL;
}

/* Whoever reads JSON gets it of a wrong command line, too: the keys of a verb that changes. */
static int print_wrong_json(const char *problem)
{
	_cleanup_(json_free) struct json_object *top = json_object_new_object();

	json_add_number(top, "version", 1);
	json_add_bool(top, "changed", false);
	json_add_bool(top, "reboot_required", false);
	(void)json_add_array(top, "actions"); /* there are none */
	json_add_text(top, "refusal", problem);
	json_add_text(top, "error", NULL);
	return json_print(top, stdout);
}

static bool wants_json(char *const *argv)
{
	for (; *argv && strcmp(*argv, "--") != 0; argv++)
		if (strcmp(*argv, "--json") == 0)
			return true;
	return false;
}

int command_line_tell(const struct command_line *line, char *const *argv)
{
	const char *problem = line->problem ? line->problem : strerror(ENOMEM);

	fprintf(stderr, "gpuclaimctl: %s; try gpuclaimctl %s%s--help\n", problem,
		line->about ? line->about->name : "", line->about ? " " : "");
	return wants_json(argv) ? print_wrong_json(problem) : 0;
}

static int parse_seconds(const char *text, unsigned *ret)
{
	unsigned long n;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || n > WAIT_MAX_S)
		return -EINVAL;
	*ret = (unsigned)n;
	return 0;
}

static int take_option(struct command_line *line, enum verb_option option, const char *value)
{
	struct invocation *invocation = &line->invocation;

	line->given |= ACCEPTS(option);
	invocation->value[option] = value ? value : "";
	if (option != OPTION_WAIT || parse_seconds(value, &invocation->wait_s) == 0)
		return 0;
	return command_line_wrong(line, "--wait: expected seconds, 0 to %d, not \"%s\"", WAIT_MAX_S,
				  value);
}

/* "TYPED: no such WHAT", and behind it which of them may be meant. */
static int no_such(struct command_line *line, const char *what, const struct nearest *nearest)
{
	const char *hyphens = strcmp(what, "option") == 0 ? "--" : "";

	if (!nearest->found)
		return command_line_wrong(line, "%s%s: no such %s", hyphens, nearest->word, what);
	return command_line_wrong(line, "%s%s: no such %s (did you mean %s%s?)", hyphens,
				  nearest->word, what, hyphens, nearest->found);
}

/* Where a verb is named, only what it takes is meant. */
static int no_such_option(struct command_line *line, const char *word)
{
	_cleanup_free_ char *name = strndup(word, strcspn(word, "="));
	struct nearest nearest = {.word = name};

	for (unsigned i = 0; name && i < _OPTION_COUNT; i++) {
		const char *other = option_rows[i].name;

		if (strcmp(name, other) == 0)
			return command_line_wrong(line, "--%s: it takes no value", name);
		if (!line->about || i == OPTION_HELP || i == OPTION_VERSION ||
		    option_accepted(line->about, (enum verb_option)i))
			nearest_try(&nearest, other);
	}
	return name ? no_such(line, "option", &nearest) : -EINVAL;
}

/* The option that getopt_long() does not know. A cluster of letters such as -qx leaves optind where
 * it is. */
static int wrong_option(struct command_line *line, const char *before, const char *word)
{
	if (word != before && strncmp(word, "--", 2) == 0)
		return no_such_option(line, word + 2);
	return command_line_wrong(line, "-%c: no such option", optopt);
}

static int read_options(int argc, char **argv, struct command_line *line)
{
	struct option_table table;
	const char *before;
	int c, r = 0;

	option_table_make(&table);
	opterr = 0;
	while (r == 0) {
		before = argv[optind - 1];
		c = getopt_long(argc, argv, table.letters, table.option, NULL);
		if (c == -1)
			return 0;
		if (c == ':')
			return command_line_wrong(line, "%s: a value is missing", argv[optind - 1]);
		if (c == '?')
			return wrong_option(line, before, argv[optind - 1]);
		r = take_option(line, option_of(c), optarg);
	}
	return r;
}

/* What several verbs ask for often. */
static void take_flags(struct command_line *line)
{
	struct invocation *invocation = &line->invocation;
	const char *const *value = invocation->value;

	invocation->json = value[OPTION_JSON];
	invocation->quiet = value[OPTION_QUIET];
	invocation->verbose = value[OPTION_VERBOSE];
	invocation->dry_run = value[OPTION_DRY_RUN];
	invocation->no_exec = value[OPTION_NO_EXEC];
	line->prefix = value[OPTION_ROOT] ? value[OPTION_ROOT] : "/";
}

static const struct verb *verb_named(const struct verb *const *verbs, const char *name)
{
	for (; *verbs; verbs++)
		if (strcmp((*verbs)->name, name) == 0)
			return *verbs;
	return NULL;
}

/* The first word that names a verb, wherever it stands: of a line that is wrong somewhere else. */
static const struct verb *verb_meant(const struct verb *const *verbs, char *const *argv)
{
	const struct verb *verb = NULL;

	for (; *argv && !verb; argv++)
		verb = verb_named(verbs, *argv);
	return verb;
}

static int find_verb(struct command_line *line, const struct verb *const *verbs, const char *name)
{
	struct nearest nearest = {.word = name};

	line->verb = line->about = verb_named(verbs, name);
	if (line->verb)
		return 0;
	for (; *verbs; verbs++)
		if ((*verbs)->summary)
			nearest_try(&nearest, (*verbs)->name);
	return no_such(line, "verb", &nearest);
}

static int take_action(struct command_line *line, const char *word)
{
	const struct verb *verb = line->verb;
	struct nearest nearest = {.word = word};

	for (size_t i = 0; word && i < verb->n_actions; i++) {
		nearest_try(&nearest, verb->actions[i].name);
		if (strcmp(word, verb->actions[i].name) != 0)
			continue;
		line->invocation.action = verb->actions[i].name;
		line->run = verb->actions[i].run;
		line->takes_files = verb->files & ACTION(i);
		return 0;
	}
	if (!word)
		return command_line_wrong(line, "%s: an action is missing", verb->name);
	if (!nearest.found)
		return command_line_wrong(line, "%s: no such action: \"%s\"", verb->name, word);
	return command_line_wrong(line, "%s: no such action: \"%s\" (did you mean %s?)", verb->name,
				  word, nearest.found);
}

/* The words after the verb; @argv ends with NULL. */
static int take_words(struct command_line *line, char **argv)
{
	const struct verb *verb = line->verb;
	int r = 0;

	line->run = verb->run;
	if (verb->n_actions)
		r = take_action(line, *argv);
	if (r < 0)
		return r;
	argv += verb->n_actions > 0;
	if (verb->operand && !*argv)
		return command_line_wrong(line, "%s: %s is missing", verb->name, verb->operand);
	if (verb->operand)
		line->invocation.operand = *argv++;
	if (verb->operands && !*argv)
		return command_line_wrong(line, "%s: %s is missing", verb->name, verb->operands);
	line->invocation.files = (const char *const *)argv;
	if (!*argv || verb->operands || line->takes_files)
		return 0;
	return command_line_wrong(line, "%s: one argument too many: \"%s\"", verb->name, *argv);
}

static bool action_takes(const struct command_line *line, const struct accepted *accepted)
{
	for (unsigned i = 0; accepted->actions && i < line->verb->n_actions; i++)
		if (line->verb->actions[i].name == line->invocation.action)
			return accepted->actions & ACTION(i);
	return true;
}

/* Each word of a list must be one of a few. */
static int check_words(struct command_line *line, const struct accepted *accepted)
{
	const char *list = accepted->words ? line->invocation.value[accepted->option] : NULL;
	size_t column;

	while (list)
		if (table_next_column(accepted->words, &list, &column) < 0)
			return command_line_wrong(
				line, "%s: --%s: there is no column \"%.*s\"", line->verb->name,
				option_rows[accepted->option].name, (int)strcspn(list, ","), list);
	return 0;
}

/* One report is of one kind. */
static int check_formats(struct command_line *line, uint64_t given)
{
	static const enum verb_option others[] = {OPTION_PROMETHEUS, OPTION_HTML};

	for (size_t i = 0; i < ARRAY_SIZE(others) && given & ACCEPTS(OPTION_JSON); i++)
		if (given & ACCEPTS(others[i]))
			return command_line_wrong(line, "%s: --json and --%s: name one of them",
						  line->verb->name, option_rows[others[i]].name);
	return 0;
}

static int check_options(struct command_line *line)
{
	uint64_t given = line->given & ~(ACCEPTS(OPTION_HELP) | ACCEPTS(OPTION_VERSION));
	int r = 0;

	for (unsigned i = 0; i < _OPTION_COUNT && r == 0; i++) {
		const struct accepted *accepted;

		if (!(given & ACCEPTS(i)))
			continue;
		accepted = option_accepted(line->verb, (enum verb_option)i);
		if (!accepted)
			return command_line_wrong(line, "%s: --%s is no option of this verb",
						  line->verb->name, option_rows[i].name);
		if (!action_takes(line, accepted))
			return command_line_wrong(line, "%s: %s: --%s is no option of it",
						  line->verb->name, line->invocation.action,
						  option_rows[i].name);
		r = check_words(line, accepted);
	}
	return r < 0 ? r : check_formats(line, given);
}

int command_line_read(int argc, char **argv, const struct verb *const *verbs,
		      struct command_line *ret)
{
	int r;

	*ret = (struct command_line){.about = verb_meant(verbs, argv + 1)};
	r = read_options(argc, argv, ret);
	take_flags(ret);
	if (r < 0 || ret->given & ACCEPTS(OPTION_VERSION))
		return r;
	if (optind < argc)
		r = find_verb(ret, verbs, argv[optind]);
	if (r < 0 || ret->given & ACCEPTS(OPTION_HELP))
		return r;
	if (!ret->verb)
		return command_line_wrong(ret, "a verb is missing");
	r = take_words(ret, argv + optind + 1);
	return r < 0 ? r : check_options(ret);
}

void command_line_free(struct command_line *line)
{
	free(line->problem);
	*line = (struct command_line){0};
}
