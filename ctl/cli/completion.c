/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/cli/completion.h"

#include <string.h>

#include "ctl/cli/option.h"
#include "helper/base/util.h"
#include "nova/rules/release.h"

static const struct accepted of_all[] = {{.option = OPTION_HELP}, {.option = OPTION_VERSION}};

/* Before a verb is named. */
static const struct accepted of_none[] = {{.option = OPTION_ROOT}, {.option = OPTION_JSON}};

static bool is_listed(const struct verb *verb)
{
	return verb->summary;
}

static bool wants_next_word(const struct option_row *row)
{
	return row->argument != ARGUMENT_NONE && row->argument != ARGUMENT_OPTIONAL;
}

/* The words of "a|b" with blanks between them. */
static void print_words(const char *words, FILE *to)
{
	for (; *words; words++)
		fputc(*words == '|' ? ' ' : *words, to);
}

static void print_releases(FILE *to)
{
	for (unsigned i = NOVA_OLDEST; i <= NOVA_NEWEST; i++)
		fprintf(to, "%s%s", i > NOVA_OLDEST ? " " : "", nova_release_name(i));
}

static void print_verb_names(const struct verb *const *verbs, FILE *to)
{
	for (size_t i = 0; verbs[i]; i++)
		if (is_listed(verbs[i]))
			fprintf(to, "%s%s", i ? " " : "", verbs[i]->name);
}

static void print_action_names(const struct verb *verb, unsigned actions, FILE *to)
{
	const char *blank = "";

	for (unsigned i = 0; i < verb->n_actions; i++) {
		if (actions && !(actions & ACTION(i)))
			continue;
		fprintf(to, "%s%s", blank, verb->actions[i].name);
		blank = " ";
	}
}

/* bash */

static void bash_print_names(const struct accepted *accepted, size_t n, FILE *to)
{
	for (size_t i = 0; i < n; i++)
		if (!accepted[i].actions)
			fprintf(to, " --%s", option_rows[accepted[i].option].name);
}

static void bash_print_action(const struct verb *verb, unsigned action, FILE *to)
{
	fprintf(to, "\t\t%s) options+='", verb->actions[action].name);
	for (size_t i = 0; i < verb->n_options; i++)
		if (verb->options[i].actions & ACTION(action))
			fprintf(to, " --%s", option_rows[verb->options[i].option].name);
	fputs("' ;;\n", to);
}

static void bash_print_verb(const struct verb *verb, FILE *to)
{
	fprintf(to, "\t%s)\n\t\toptions+='", verb->name);
	bash_print_names(verb->options, verb->n_options, to);
	fputs("'\n\t\twords=''\n", to);
	if (verb->n_actions) {
		fputs("\t\tcase $word in\n\t\t'') words='", to);
		print_action_names(verb, 0, to);
		fputs("' ;;\n", to);
		for (unsigned i = 0; i < verb->n_actions; i++)
			bash_print_action(verb, i, to);
		fputs("\t\tesac\n", to);
	}
	if (verb->operand)
		fputs("\t\t[[ -n $word ]] || words=$(_gpuclaimctl_gpus)\n", to);
	if (verb->operands)
		fputs("\t\tif [[ $cur != -* ]]; then\n\t\t\tcompopt -o filenames 2>/dev/null\n"
		      "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		      "\t\t\treturn\n\t\tfi\n",
		      to);
	fputs("\t\t;;\n", to);
}

static void bash_print_value(const struct option_row *row, FILE *to)
{
	fprintf(to, "\t--%s)\n", row->name);
	switch (row->argument) {
	case ARGUMENT_FILE:
	case ARGUMENT_FOLDER:
		fprintf(to,
			"\t\tcompopt -o filenames 2>/dev/null\n"
			"\t\tmapfile -t COMPREPLY < <(compgen -%c -- \"$cur\")\n",
			row->argument == ARGUMENT_FILE ? 'f' : 'd');
		break;
	case ARGUMENT_WORD:
	case ARGUMENT_RELEASE:
		fputs("\t\tmapfile -t COMPREPLY < <(compgen -W '", to);
		if (row->argument == ARGUMENT_WORD)
			print_words(row->value, to);
		else
			print_releases(to);
		fputs("' -- \"$cur\")\n", to);
		break;
	case ARGUMENT_TEXT:
	case ARGUMENT_OPTIONAL:
	case ARGUMENT_NONE:
		break;
	}
	fputs("\t\treturn\n\t\t;;\n", to);
}

static void bash_print_values(FILE *to)
{
	fputs("\tcase $prev in\n", to);
	for (size_t i = 0; i < _OPTION_COUNT; i++)
		if (wants_next_word(&option_rows[i]))
			bash_print_value(&option_rows[i], to);
	fputs("\tesac\n\n", to);
}

static const char bash_start[] =
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# bash completion for gpuclaimctl(8)\n"
	"\n"
	"_gpuclaimctl_gpus() {\n"
	"\tlocal class\n"
	"\tfor class in /sys/bus/pci/devices/*/class; do\n"
	"\t\tcase $(cat \"$class\" 2>/dev/null) in\n"
	"\t\t0x03* | 0x12*) echo \"${class:21:-6}\" ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"}\n"
	"\n"
	"_gpuclaimctl() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal options words verb='' word='' i\n"
	"\n"
	"\t# --gate=strict are three words to bash.\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tcase ${COMP_WORDS[i]} in\n";

static const char bash_middle[] = ")\n"
				  "\t\t\ti=$((i + 1))\n"
				  "\t\t\t[[ ${COMP_WORDS[i]} != = ]] || i=$((i + 1))\n"
				  "\t\t\t;;\n"
				  "\t\t=) i=$((i + 1)) ;;\n"
				  "\t\t-*) ;;\n"
				  "\t\t*) if [[ -z $verb ]]; then\n"
				  "\t\t\tverb=${COMP_WORDS[i]}\n"
				  "\t\telse\n"
				  "\t\t\tword=${COMP_WORDS[i]}\n"
				  "\t\tfi ;;\n"
				  "\t\tesac\n"
				  "\tdone\n"
				  "\n";

static const char bash_end[] = "\t*) words='' ;;\n"
			       "\tesac\n"
			       "\tif [[ $cur == -* ]]; then\n"
			       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
			       "\telse\n"
			       "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
			       "\tfi\n"
			       "}\n"
			       "\n"
			       "complete -F _gpuclaimctl gpuclaimctl\n";

static void bash_print(const struct verb *const *verbs, FILE *to)
{
	const char *bar = "\t\t";

	fputs(bash_start, to);
	for (size_t i = 0; i < _OPTION_COUNT; i++) {
		if (!wants_next_word(&option_rows[i]))
			continue;
		fprintf(to, "%s--%s", bar, option_rows[i].name);
		bar = " | ";
	}
	fputs(bash_middle, to);
	bash_print_values(to);

	fputs("\toptions='", to);
	bash_print_names(of_all, ARRAY_SIZE(of_all), to);
	fputs("'\n\tcase $verb in\n\t'')\n\t\toptions+='", to);
	bash_print_names(of_none, ARRAY_SIZE(of_none), to);
	fputs("'\n\t\twords='", to);
	print_verb_names(verbs, to);
	fputs("'\n\t\t;;\n", to);
	for (size_t i = 0; verbs[i]; i++)
		if (is_listed(verbs[i]))
			bash_print_verb(verbs[i], to);
	fputs(bash_end, to);
}

/* zsh: '(-q --quiet)'{-q,--quiet}'[print nothing]', '--root=[take every path]:DIR:_files -/' */

/* Inside of single quotes, where _arguments has a meaning for brackets and colons. */
static void zsh_print_text(const char *text, FILE *to)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else if (strchr("[]:\\", *text))
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

static void zsh_print_value(const struct option_row *row, FILE *to)
{
	if (row->argument == ARGUMENT_NONE)
		return;
	fputs(row->argument == ARGUMENT_OPTIONAL ? "::" : ":", to);
	zsh_print_text(row->argument == ARGUMENT_WORD ? row->name : row->value, to);
	fputc(':', to);
	if (row->argument == ARGUMENT_FILE)
		fputs("_files", to);
	else if (row->argument == ARGUMENT_FOLDER)
		fputs("_files -/", to);
	else if (row->argument == ARGUMENT_RELEASE || row->argument == ARGUMENT_WORD) {
		fputc('(', to);
		if (row->argument == ARGUMENT_RELEASE)
			print_releases(to);
		else
			print_words(row->value, to);
		fputc(')', to);
	}
}

static void zsh_print_option(const struct accepted *accepted, FILE *to)
{
	struct option_row row = option_rows[accepted->option];

	if (accepted->bare)
		row.argument = ARGUMENT_NONE;
	if (row.letter)
		fprintf(to, "'(-%c --%s)'{-%c,--%s}'[", row.letter, row.name, row.letter, row.name);
	else if (row.argument == ARGUMENT_NONE)
		fprintf(to, "'--%s[", row.name);
	else
		fprintf(to, "'--%s=%s[", row.name, row.argument == ARGUMENT_OPTIONAL ? "-" : "");
	zsh_print_text(option_help(accepted), to);
	fputc(']', to);
	zsh_print_value(&row, to);
	fputc('\'', to);
}

static void zsh_print_options(const struct accepted *accepted, size_t n, FILE *to)
{
	for (size_t i = 0; i < n; i++) {
		if (accepted[i].actions)
			continue;
		fputs("\n\t\t\t", to);
		zsh_print_option(&accepted[i], to);
	}
}

/* Those that not every action takes, where one that does was named. */
static void zsh_print_action_options(const struct verb *verb, FILE *to)
{
	for (size_t i = 0; i < verb->n_options; i++) {
		if (!verb->options[i].actions)
			continue;
		fputs("\t\t[[ $words[(r)(", to);
		for (unsigned k = 0, n = 0; k < verb->n_actions; k++)
			if (verb->options[i].actions & ACTION(k))
				fprintf(to, "%s%s", n++ ? "|" : "", verb->actions[k].name);
		fputs(")] ]] && specs+=(", to);
		zsh_print_option(&verb->options[i], to);
		fputs(")\n", to);
	}
}

/* A word and what it means: name\:"meaning" */
static void zsh_print_meaning(const char *name, const char *meaning, FILE *to)
{
	fprintf(to, "\n\t\t\t'%s:", name);
	for (; *meaning; meaning++)
		fputs(*meaning == '\'' ? "'\\''" : (char[]){*meaning, '\0'}, to);
	fputc('\'', to);
}

static void zsh_print_verb(const struct verb *verb, FILE *to)
{
	fprintf(to, "\t%s)\n\t\tspecs+=(", verb->name);
	zsh_print_options(verb->options, verb->n_options, to);
	if (verb->operand)
		fprintf(to, "\n\t\t\t'1:%s:_gpuclaimctl_gpus'", verb->operand);
	if (verb->operands)
		fputs("\n\t\t\t'*:report:_files'", to);
	if (verb->n_actions)
		fputs("\n\t\t\t'1:action:_gpuclaimctl_actions'", to);
	fputs(")\n", to);
	if (verb->n_actions) {
		fputs("\t\tgpuclaimctl_actions=(", to);
		for (size_t i = 0; i < verb->n_actions; i++)
			zsh_print_meaning(verb->actions[i].name, verb->actions[i].help, to);
		fputs(")\n", to);
		zsh_print_action_options(verb, to);
	}
	fputs("\t\t;;\n", to);
}

static const char zsh_start[] =
	"#compdef gpuclaimctl\n"
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# zsh completion for gpuclaimctl(8)\n"
	"\n"
	"_gpuclaimctl_gpus() {\n"
	"\tlocal -a gpus\n"
	"\tgpus=(${${(f)\"$(grep -lE '^0x(03|12)' /sys/bus/pci/devices/*/class 2>/dev/null)\"}:h:t})\n"
	"\tcompadd -a gpus\n"
	"}\n"
	"\n"
	"_gpuclaimctl_actions() {\n"
	"\t_describe action gpuclaimctl_actions\n"
	"}\n"
	"\n"
	"_gpuclaimctl_verbs() {\n"
	"\tlocal -a verbs\n"
	"\tverbs=(";

static const char zsh_middle[] = ")\n"
				 "\t_describe verb verbs\n"
				 "}\n"
				 "\n"
				 "_gpuclaimctl() {\n"
				 "\tlocal curcontext=$curcontext state line ret=1\n"
				 "\tlocal -a specs gpuclaimctl_actions\n"
				 "\n"
				 "\t_arguments -C";

static const char zsh_verbs[] = " \\\n"
				"\t\t'1:verb:_gpuclaimctl_verbs' '*:: :->verb' && ret=0\n"
				"\t[[ $state == verb ]] || return ret\n"
				"\n"
				"\tspecs=(";

static void zsh_print(const struct verb *const *verbs, FILE *to)
{
	fputs(zsh_start, to);
	for (size_t i = 0; verbs[i]; i++)
		if (is_listed(verbs[i]))
			zsh_print_meaning(verbs[i]->name, verbs[i]->summary, to);
	fputs(zsh_middle, to);
	for (size_t i = 0; i < ARRAY_SIZE(of_none); i++) {
		fputs(" \\\n\t\t", to);
		zsh_print_option(&of_none[i], to);
	}
	for (size_t i = 0; i < ARRAY_SIZE(of_all); i++) {
		fputs(" \\\n\t\t", to);
		zsh_print_option(&of_all[i], to);
	}
	fputs(zsh_verbs, to);
	zsh_print_options(of_all, ARRAY_SIZE(of_all), to);
	fputs(")\n\tcase $words[1] in\n", to);
	for (size_t i = 0; verbs[i]; i++)
		if (is_listed(verbs[i]))
			zsh_print_verb(verbs[i], to);
	fputs("\t*) return 1 ;;\n\tesac\n\t_arguments $specs\n}\n\n_gpuclaimctl \"$@\"\n", to);
}

/* fish */

static void fish_print_text(const char *text, FILE *to)
{
	fputc('\'', to);
	for (; *text; text++) {
		if (strchr("'\\", *text))
			fputc('\\', to);
		fputc(*text, to);
	}
	fputc('\'', to);
}

static void fish_print_value(const struct option_row *row, FILE *to)
{
	if (wants_next_word(row))
		fputs(row->argument == ARGUMENT_FILE ? " -r -F" : " -x", to);
	if (row->argument == ARGUMENT_FOLDER)
		fputs(" -a '(__fish_complete_directories)'", to);
	if (row->argument != ARGUMENT_WORD && row->argument != ARGUMENT_RELEASE)
		return;
	fputs(" -a '", to);
	if (row->argument == ARGUMENT_WORD)
		print_words(row->value, to);
	else
		print_releases(to);
	fputc('\'', to);
}

/* @verb is NULL where none is to be on the line. */
static void fish_print_option(const struct verb *verb, const struct accepted *accepted, FILE *to)
{
	const struct option_row *row = &option_rows[accepted->option];

	fputs("complete -c gpuclaimctl -n '", to);
	if (!verb)
		fputs("__fish_use_subcommand", to);
	else
		fprintf(to, "__fish_seen_subcommand_from %s", verb->name);
	if (verb && accepted->actions) {
		fputs("; and __fish_seen_subcommand_from ", to);
		print_action_names(verb, accepted->actions, to);
	}
	fprintf(to, "' -l %s", row->name);
	if (row->letter)
		fprintf(to, " -s %c", row->letter);
	fish_print_value(row, to);
	fputs(" -d ", to);
	fish_print_text(option_help(accepted), to);
	fputc('\n', to);
}

static void fish_print_actions(const struct verb *verb, FILE *to)
{
	for (size_t i = 0; i < verb->n_actions; i++) {
		fprintf(to, "complete -c gpuclaimctl -n '__fish_seen_subcommand_from %s;",
			verb->name);
		fputs(" and not __fish_seen_subcommand_from ", to);
		print_action_names(verb, 0, to);
		fprintf(to, "' -a %s -d ", verb->actions[i].name);
		fish_print_text(verb->actions[i].help, to);
		fputc('\n', to);
	}
}

static void fish_print_verb(const struct verb *verb, FILE *to)
{
	fprintf(to, "\ncomplete -c gpuclaimctl -n __fish_use_subcommand -a %s -d ", verb->name);
	fish_print_text(verb->summary, to);
	fputc('\n', to);
	fish_print_actions(verb, to);
	if (verb->operand)
		fprintf(to,
			"complete -c gpuclaimctl -n '__fish_seen_subcommand_from %s' -a '(__gpuclaimctl_gpus)'\n",
			verb->name);
	if (verb->operands)
		fprintf(to, "complete -c gpuclaimctl -n '__fish_seen_subcommand_from %s' -F\n",
			verb->name);
	for (size_t i = 0; i < verb->n_options; i++)
		fish_print_option(verb, &verb->options[i], to);
}

static const char fish_start[] =
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# fish completion for gpuclaimctl(8)\n"
	"\n"
	"function __gpuclaimctl_gpus\n"
	"\tgrep -lE '^0x(03|12)' /sys/bus/pci/devices/*/class 2>/dev/null | cut -d / -f 6\n"
	"end\n"
	"\n"
	"complete -c gpuclaimctl -f\n"
	"complete -c gpuclaimctl -l help -s h -d 'print this text'\n";

static void fish_print(const struct verb *const *verbs, FILE *to)
{
	fputs(fish_start, to);
	for (size_t i = 0; i < ARRAY_SIZE(of_none); i++)
		fish_print_option(NULL, &of_none[i], to);
	for (size_t i = 0; verbs[i]; i++)
		if (is_listed(verbs[i]))
			fish_print_verb(verbs[i], to);
}

void completion_print(const char *shell, const struct verb *const *verbs, FILE *to)
{
	static const struct {
		const char *name;
		void (*print)(const struct verb *const *verbs, FILE *to);
	} shells[] = {{"bash", bash_print}, {"zsh", zsh_print}, {"fish", fish_print}};

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(shells[i].name, shell) == 0)
			shells[i].print(verbs, to);
}
