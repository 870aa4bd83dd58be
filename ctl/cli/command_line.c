/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/command_line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	_cleanup_json_ struct json_object *top = json_object_new_object();

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

enum exit_code command_line_tell(const struct command_line *line, char *const *argv)
{
	const char *problem = line->problem ? line->problem : strerror(ENOMEM);

	fprintf(stderr, "gpuclaimctl: %s; try gpuclaimctl --help\n", problem);
	if (wants_json(argv) && print_wrong_json(problem) < 0)
		return EXIT_CODE_FAILED;
	return EXIT_CODE_USAGE;
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

static int read_options(int argc, char **argv, struct command_line *line)
{
	struct option_table table;
	char letter[3] = "-";
	const char *word;
	int c, before, r = 0;

	option_table_make(&table);
	opterr = 0;
	while (r == 0) {
		before = optind;
		c = getopt_long(argc, argv, table.letters, table.option, NULL);
		if (c == -1)
			return 0;
		letter[1] = (char)optopt;
		/* A cluster of letters such as -qx leaves optind where it is. */
		word = optopt > ' ' || optind == before ? letter : argv[optind - 1];
		if (c == ':')
			return command_line_wrong(line, "%s: a value is missing", argv[optind - 1]);
		if (c == '?')
			return command_line_wrong(line, "%s: no such option", word);
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

static int find_verb(struct command_line *line, const struct verb *const *verbs, const char *name)
{
	for (; *verbs && !line->verb; verbs++)
		if (strcmp((*verbs)->name, name) == 0)
			line->verb = *verbs;
	return line->verb ? 0 : command_line_wrong(line, "%s: no such verb", name);
}

static int take_action(struct command_line *line, const char *word)
{
	const struct verb *verb = line->verb;

	for (size_t i = 0; word && i < verb->n_actions; i++) {
		if (strcmp(word, verb->actions[i].name) != 0)
			continue;
		line->invocation.action = verb->actions[i].name;
		line->run = verb->actions[i].run;
		line->takes_files = verb->files & ACTION(i);
		return 0;
	}
	if (word)
		return command_line_wrong(line, "%s: no such action: \"%s\"", verb->name, word);
	return command_line_wrong(line, "%s: an action is missing", verb->name);
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
	line->invocation.files = (const char *const *)argv;
	if (!*argv || line->takes_files)
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
	return r;
}

int command_line_read(int argc, char **argv, const struct verb *const *verbs,
		      struct command_line *ret)
{
	int r;

	*ret = (struct command_line){0};
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
