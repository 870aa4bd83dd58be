/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/machine/resetting.h"
#include "ctl/print/json.h"
#include "ctl/verb.h"

static const struct verb *const verbs[] = {
	&verb_scan, &verb_setup, &verb_status,	&verb_kargs, &verb_commit,
	&verb_nova, &verb_claim, &verb_release, &verb_dump,  &verb_undo,
};

static const struct option options[] = {
	{"root", required_argument, NULL, OPTION_ROOT},
	{"json", no_argument, NULL, OPTION_JSON},
	{"quiet", no_argument, NULL, OPTION_QUIET},
	{"verbose", no_argument, NULL, OPTION_VERBOSE},
	{"wait", required_argument, NULL, OPTION_WAIT},
	{"dry-run", no_argument, NULL, OPTION_DRY_RUN},
	{"no-exec", no_argument, NULL, OPTION_NO_EXEC},
	{"ids", required_argument, NULL, OPTION_IDS},
	{"addresses", required_argument, NULL, OPTION_ADDRESSES},
	{"all-gpus", no_argument, NULL, OPTION_ALL_GPUS},
	{"alias", required_argument, NULL, OPTION_ALIAS},
	{"boot-vga", required_argument, NULL, OPTION_BOOT_VGA},
	{"no-kernel-args", no_argument, NULL, OPTION_NO_KERNEL_ARGS},
	{"no-initramfs", no_argument, NULL, OPTION_NO_INITRAMFS},
	{"no-nova", no_argument, NULL, OPTION_NO_NOVA},
	{"gate", required_argument, NULL, OPTION_GATE},
	{"trial", no_argument, NULL, OPTION_TRIAL},
	{"adopt", no_argument, NULL, OPTION_ADOPT},
	{"yes", no_argument, NULL, OPTION_YES},
	{"release", required_argument, NULL, OPTION_RELEASE},
	{"placement", optional_argument, NULL, OPTION_PLACEMENT},
	{"for", required_argument, NULL, OPTION_FOR},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"shared-groups", no_argument, NULL, OPTION_SHARED_GROUPS},
	{"numa-policy", required_argument, NULL, OPTION_NUMA_POLICY},
	{"traits", required_argument, NULL, OPTION_TRAITS},
	{"tags", required_argument, NULL, OPTION_TAGS},
	{"prometheus", no_argument, NULL, OPTION_PROMETHEUS},
	{"allow-none", no_argument, NULL, OPTION_ALLOW_NONE},
	{"services", no_argument, NULL, OPTION_SERVICES},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{0},
};

#define OPTIONS_OF_ALL (ACCEPTS(OPTION_ROOT) | ACCEPTS(OPTION_HELP) | ACCEPTS(OPTION_VERSION))
#define WAIT_MAX_S     86400

/**
 * struct words - the command line, before it is held against the verb
 * @given:	which options
 * @problem:	what is wrong with it; owned
 */
struct words {
	const char *prefix;
	uint64_t given;
	char *problem;
	struct invocation invocation;
};

_printf_(2, 3) static enum exit_code wrong(struct words *words, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vasprintf(&words->problem, format, args) < 0)
		words->problem = NULL;
	va_end(args);
	return EXIT_CODE_USAGE;
}

/* Whoever reads JSON gets it of a wrong command line, too: the keys of a verb that changes. */
static int print_wrong_json(const char *problem)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();

	json_object_object_add(top, "version", json_object_new_int(1));
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

static enum exit_code tell_wrong(char *const *argv, const char *problem)
{
	fprintf(stderr, "gpuclaimctl: %s; try gpuclaimctl --help\n",
		problem ? problem : strerror(ENOMEM));
	if (wants_json(argv) && print_wrong_json(problem) < 0)
		return EXIT_CODE_FAILED;
	return EXIT_CODE_USAGE;
}

static void print_help(void)
{
	puts("Usage: gpuclaimctl VERB [OPTION]...\n"
	     "Look after the GPUs that gpuclaim keeps for virtual machines.\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		printf("  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	puts("\n"
	     "      --root DIR  take every path below DIR\n"
	     "      --json      print JSON\n"
	     "  -h, --help      print this text, or a verb's own\n"
	     "  -V, --version   print the version\n"
	     "\n"
	     "Exit status: 0 done, or ready; 1 an operation failed; 2 wrong usage; 3 not ready;\n"
	     "4 refused, nothing changed; 5 another gpuclaimctl is at work.");
}

static void print_verb_help(const struct verb *verb)
{
	printf("Usage: gpuclaimctl %s%s%s%s [OPTION]...\n%s\n", verb->name,
	       verb->actions ? " ACTION" : "", verb->operand ? " " : "",
	       verb->operand ? verb->operand : "", verb->help);
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

/* An option's letter stands for the same as its word. */
static int option_of(int c)
{
	switch (c) {
	case 'q':
		return OPTION_QUIET;
	case 'v':
		return OPTION_VERBOSE;
	case 'h':
		return OPTION_HELP;
	case 'V':
		return OPTION_VERSION;
	default:
		return c;
	}
}

static enum exit_code take_option(int option, struct words *words)
{
	words->given |= ACCEPTS(option);
	words->invocation.value[option] = optarg ? optarg : "";
	switch (option) {
	case OPTION_ROOT:
		words->prefix = optarg;
		break;
	case OPTION_JSON:
		words->invocation.json = true;
		break;
	case OPTION_QUIET:
		words->invocation.quiet = true;
		break;
	case OPTION_VERBOSE:
		words->invocation.verbose = true;
		break;
	case OPTION_DRY_RUN:
		words->invocation.dry_run = true;
		break;
	case OPTION_NO_EXEC:
		words->invocation.no_exec = true;
		break;
	case OPTION_WAIT:
		if (parse_seconds(optarg, &words->invocation.wait_s) < 0)
			return wrong(words, "--wait: expected seconds, 0 to %d, not \"%s\"",
				     WAIT_MAX_S, optarg);
		break;
	default:
		break;
	}
	return EXIT_CODE_OK;
}

static enum exit_code parse_options(int argc, char **argv, struct words *words)
{
	enum exit_code code;
	char letter[3] = "-";
	const char *word;
	int c, before;

	opterr = 0;
	for (;;) {
		before = optind;
		c = getopt_long(argc, argv, ":qvhV", options, NULL);
		if (c == -1)
			return EXIT_CODE_OK;
		letter[1] = (char)optopt;
		/* A cluster of letters such as -qx leaves optind where it is. */
		word = optopt > ' ' || optind == before ? letter : argv[optind - 1];
		if (c == ':')
			return wrong(words, "%s: a value is missing", argv[optind - 1]);
		if (c == '?')
			return wrong(words, "%s: no such option", word);
		code = take_option(option_of(c), words);
		if (code != EXIT_CODE_OK)
			return code;
	}
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

static enum exit_code check_options(const struct verb *verb, struct words *words)
{
	uint64_t strange = words->given & ~(verb->options | OPTIONS_OF_ALL);

	for (size_t i = 0; i < _OPTION_COUNT; i++)
		if (strange & ACCEPTS(i))
			return wrong(words, "%s: --%s is no option of this verb", verb->name,
				     options[i].name);
	return EXIT_CODE_OK;
}

/* The word after the verb, where the verb has actions. */
static enum exit_code take_action(const struct verb *verb, const char *word, struct words *words)
{
	for (const char *const *action = verb->actions; word && *action; action++)
		if (strcmp(word, *action) == 0)
			words->invocation.action = *action;
	if (words->invocation.action)
		return EXIT_CODE_OK;
	if (word)
		return wrong(words, "%s: no such action: \"%s\"", verb->name, word);
	return wrong(words, "%s: an action is missing", verb->name);
}

static enum exit_code run_verb(const struct verb *verb, struct words *words)
{
	struct text_list stalled _cleanup_text_list_ = {0};
	struct root root _cleanup_root_ = {.fd = -EBADF};
	int r;

	r = root_open(words->prefix, &root);
	if (r < 0)
		return wrong(words, "--root %s: cannot be opened: %s", words->prefix, strerror(-r));
	if (resetting_find(&root, &stalled) == 0) {
		root.avoid = stalled.text;
		root.n_avoid = stalled.n;
	}
	words->invocation.root = &root;
	return verb->run(&words->invocation);
}

static enum exit_code run(int argc, char **argv, struct words *words)
{
	const struct verb *verb = NULL;
	enum exit_code code;

	code = parse_options(argc, argv, words);
	if (code != EXIT_CODE_OK)
		return code;
	if (words->given & ACCEPTS(OPTION_VERSION)) {
		puts("gpuclaimctl " GPUCLAIM_VERSION);
		return EXIT_CODE_OK;
	}
	if (optind < argc) {
		verb = find_verb(argv[optind]);
		if (!verb)
			return wrong(words, "%s: no such verb", argv[optind]);
	}
	if (words->given & ACCEPTS(OPTION_HELP)) {
		if (verb)
			print_verb_help(verb);
		else
			print_help();
		return EXIT_CODE_OK;
	}
	if (!verb)
		return wrong(words, "a verb is missing");
	optind++;
	if (verb->actions) {
		code = take_action(verb, argv[optind], words);
		if (code != EXIT_CODE_OK)
			return code;
		optind++;
	}
	if (verb->operand) {
		if (optind == argc)
			return wrong(words, "%s: %s is missing", verb->name, verb->operand);
		words->invocation.operand = argv[optind++];
	}
	if (optind < argc)
		return wrong(words, "%s: one argument too many: \"%s\"", verb->name, argv[optind]);
	code = check_options(verb, words);
	return code == EXIT_CODE_OK ? run_verb(verb, words) : code;
}

int main(int argc, char **argv)
{
	struct words words = {.prefix = "/"};
	enum exit_code code = run(argc, argv, &words);

	if (words.problem)
		code = tell_wrong(argv, words.problem);
	free(words.problem);
	/* A full disk shows only now; half a report must not pass for a whole one. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "gpuclaimctl: standard output: cannot be written: %s\n",
			strerror(errno));
		return EXIT_CODE_FAILED;
	}
	return (int)code;
}
