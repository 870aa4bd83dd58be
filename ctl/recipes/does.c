/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/does.h"

#include <stdio.h>
#include <string.h>

#include "ctl/recipes/named.h"
#include "helper/base/text.h"

#define DEPTH_MAX 3 /* of "sh -c" in "sh -c" */

void does_more(struct does *does)
{
	if (!does->whole->more)
		does->whole->more = does->line;
}

void does_free(struct does *does)
{
	text_list_free(&does->known);
	text_list_free(&does->unknown);
	text_list_free(&does->no_ids);
	text_list_free(&does->functions);
}

static bool is_listed(const struct text_list *list, const char *name, size_t n)
{
	for (size_t i = 0; i < list->n; i++)
		if (strlen(list->text[i]) == n && memcmp(list->text[i], name, n) == 0)
			return true;
	return false;
}

static bool is_any(const char *word, const char *const *names)
{
	while (*names && strcmp(*names, word) != 0)
		names++;
	return *names != NULL;
}

static bool is_stub_or_vfio(const char *word, size_t n)
{
	return recipe_is_vfio(word, n) ||
	       (n == strlen("pci-stub") &&
		(memcmp(word, "pci-stub", n) == 0 || memcmp(word, "pci_stub", n) == 0));
}

int does_name_functions(struct does *does, const char *word)
{
	return named_add(word, &does->whole->addresses, &does->whole->ids);
}

/* Of "new_id": "10de 1c81", in one word or two, or a variable that holds no more than one. */
static int name_new_id(struct does *does, const struct command *command)
{
	char text[32] = "";
	unsigned vendor, device;

	if (command->n == 2 && command->word[1][0] == '$') {
		const char *name = command->word[1] + 1 + (command->word[1][1] == '{');

		if (does->of_rule || is_listed(&does->no_ids, name, strspn(name, NAMED_BYTES)))
			does_more(does);
		return 0; /* the variable's words were looked at where it was set */
	}
	for (size_t i = 1; i < command->n; i++) {
		const char *word = command->word[i];

		text_join(text, sizeof(text), " ", word + (strncmp(word, "0x", 2) == 0 ? 2 : 0));
	}
	if (!named_read_id(text, &vendor, &device)) {
		does_more(does);
		return 0;
	}
	return text_list_add(&does->whole->ids, "%04x:%04x", vendor, device);
}

/* Is each variable in it one whose text the script has, and nothing put together of them? */
static bool is_known(const struct does *does, const char *word)
{
	for (const char *at = strchr(word, '$'); at; at = strchr(at + 1, '$')) {
		const char *name = at + 1 + (at[1] == '{');
		size_t n = strspn(name, NAMED_BYTES);

		if (!does->of_rule &&
		    (!is_listed(&does->known, name, n) || is_listed(&does->unknown, name, n)))
			return false;
	}
	return named_is_whole(word, does->of_rule) && !strpbrk(word, "`*?[") &&
	       (does->of_rule || !strchr(word, '%'));
}

static bool are_known(const struct does *does, char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_known(does, words[i]))
			return false;
	return true;
}

/* To one of @words, of which there are @n. */
static int set_variable(struct does *does, const char *name, char *const *words, size_t n)
{
	struct text_list *list = n && are_known(does, words, n) ? &does->known : &does->unknown;
	int length = (int)strspn(name, NAMED_BYTES), r;
	unsigned vendor, device;

	r = text_list_add(list, "%.*s", length, name);
	for (size_t i = 0; i < n && r == 0; i++)
		if (!named_read_id(words[i], &vendor, &device))
			r = text_list_add(&does->no_ids, "%.*s", length, name);
	return r;
}

/* What only reads, in a substitution. */
static bool only_reads(const char *word)
{
	static const char *const names[] = {"ls",    "cat",	 "readlink", "basename", "dirname",
					    "lspci", "realpath", "uname",    NULL};
	const char *at = strpbrk(word, "`$");

	for (; at; at = strpbrk(at + 1, "`$")) {
		const char *inner;
		char name[16];
		size_t n;

		if (*at == '$' && at[1] != '(')
			continue;
		at += 1 + (*at == '$');
		n = strcspn(at, " )`");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, at);
		if (!is_any(name, names) || strpbrk(at, "<>|;&"))
			return false;
		inner = strstr(at, "$(");
		at += strcspn(at, ")`");
		if (inner && inner < at)
			return false;
		if (!*at)
			break;
	}
	return true;
}

static void note_returns(struct does *does)
{
	if (!does->whole->returns)
		does->whole->returns = does->line;
}

/* Who gets what is stored to @slash, or loses it: the driver of the path, or what is written. */
static void note_driver(struct does *does, const char *to, const char *slash, const char *value)
{
	static const char *const taking[] = {"/driver_override", "/new_id", "/bind", NULL};
	bool overrides = strcmp(slash, "/driver_override") == 0;
	const char *driver = strstr(to, "/drivers/");
	bool ours, takes = is_any(slash, taking);

	driver = driver ? driver + strlen("/drivers/") : "";
	if (overrides)
		driver = value;
	driver += strspn(driver, " \\n");
	ours = is_stub_or_vfio(driver, strcspn(driver, "/ \\\n"));
	if (takes && *driver == '$')
		does_more(does); /* which driver the variable holds isn't told */
	else if (takes && ours)
		does->whole->gives = true;
	else if (takes ? overrides || *driver : ours && strcmp(slash, "/unbind") == 0)
		note_returns(does);
}

/* A store to an attribute of a function or of a driver. */
static int store(struct does *does, const struct command *command, const char *to)
{
	static const char *const attributes[] = {
		"/driver_override", "/new_id", "/remove_id", "/unbind",
		"/drivers_probe",   "/bind",   NULL};
	const char *slash = strrchr(to, '/');

	if (!slash || !is_any(slash, attributes) || !(strstr(to, "/pci") || does->of_rule) ||
	    !is_known(does, to) || !are_known(does, command->word, command->n)) {
		does_more(does);
		return 0;
	}
	note_driver(does, to, slash, command->n > 1 ? command->word[1] : "");
	return text_ends_with(slash, "_id") ? name_new_id(does, command) : 0;
}

static bool is_harmless(const char *to)
{
	static const char *const names[] = {"/dev/null", "/dev/kmsg", "/dev/stderr", "/dev/stdout",
					    NULL};

	return !to || is_any(to, names);
}

static int do_echo(struct does *does, const struct command *command)
{
	struct command said = *command;

	if (said.n > 1 && strcmp(said.word[1], "-n") == 0)
		memmove(said.word + 1, said.word + 2, (--said.n - 1) * sizeof(*said.word));
	does->said = said;
	return is_harmless(command->to) ? 0 : store(does, &said, command->to);
}

/* Behind an echo of the same line, whose words it stores. */
static int do_tee(struct does *does, const struct command *command)
{
	if (command->n != 2 || !does->said.n) {
		does_more(does);
		return 0;
	}
	return store(does, &does->said, command->word[1]);
}

/* "modprobe -i vfio-pci" */
static int do_modprobe(struct does *does, const struct command *command)
{
	static const char *const options[] = {"-i", "--ignore-install", "-q", "-a", "-b", "-v",
					      NULL};
	int r = 0;

	for (size_t i = 1; i < command->n && r == 0; i++) {
		const char *word = command->word[i];

		if (strncmp(word, "ids=", 4) == 0 && !strchr(word, '$')) {
			r = text_list_add(&does->whole->ids, "%s", word + 4);
			does->whole->gives = true;
		} else if (!is_any(word, options) && !is_stub_or_vfio(word, strlen(word)) &&
			   !text_starts_with(word, "disable_")) {
			does_more(does);
		}
	}
	return r;
}

static int do_virsh(struct does *does, const struct command *command)
{
	static const char *const takes[] = {"nodedev-detach", "nodedev-dettach", NULL};
	const char *what = command->n == 3 ? command->word[1] : "";

	if (!are_known(does, command->word, command->n))
		does_more(does);
	else if (is_any(what, takes))
		does->whole->gives = true;
	else if (strcmp(what, "nodedev-reattach") != 0)
		does_more(does);
	else
		note_returns(does);
	return 0;
}

static int do_driverctl(struct does *does, const struct command *command)
{
	const char *driver = command->n == 4 ? command->word[3] : "";

	if (command->n != 4 || strcmp(command->word[1], "set-override") != 0 ||
	    !is_stub_or_vfio(driver, strlen(driver)) || !are_known(does, command->word, command->n))
		does_more(does);
	else
		does->whole->gives = true;
	return 0;
}

static int do_source(struct does *does, const struct command *command)
{
	static const char *const files[] = {"/usr/share/initramfs-tools/scripts/functions",
					    "/usr/share/initramfs-tools/hook-functions",
					    "/scripts/functions", "/lib/dracut-lib.sh", NULL};

	if (command->n != 2 || !is_any(command->word[1], files))
		does_more(does);
	return 0;
}

static int do_nothing(struct does *does, const struct command *command)
{
	if (!is_harmless(command->to))
		does_more(does);
	return 0;
}

/* A program of the administrator's own, which is looked at by itself. */
static int do_call(struct does *does, const char *path)
{
	if (strncmp(path, "/", 1) == 0)
		return text_list_add(&does->whole->calls, "%s", path + 1);
	does_more(does);
	return 0;
}

static int does_text(struct does *does, const char *text, unsigned depth);

static int do_shell(struct does *does, const struct command *command, unsigned depth)
{
	if (command->n == 3 && strcmp(command->word[1], "-c") == 0 && depth < DEPTH_MAX)
		return does_text(does, command->word[2], depth + 1);
	if (command->n >= 2)
		return do_call(does, command->word[1]);
	does_more(does);
	return 0;
}

/* What is no more than asked, waited and said. */
static bool is_quiet(const char *name)
{
	static const char *const names[] = {
		"[",	"[[",	  "test",	   "true",	  "false", ":",	       "sleep",
		"exit", "return", "set",	   "shift",	  "break", "continue", "logger",
		"info", "warn",	  "log_begin_msg", "log_end_msg", "fi",	   "done",     "esac",
		"case", NULL};

	return is_any(name, names);
}

/* The name of a program of the system; "": it is somebody's own. */
static const char *system_name(const char *word)
{
	static const char *const folders[] = {"/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/"};
	const char *slash = strrchr(word, '/');

	if (!slash)
		return word;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (text_starts_with(word, folders[i]) && slash + 1 == word + strlen(folders[i]))
			return slash + 1;
	return "";
}

static int do_command(struct does *does, const struct command *command, unsigned depth)
{
	static const struct {
		const char *name;
		int (*is)(struct does *does, const struct command *command);
	} rows[] = {
		{"echo", do_echo},	   {"printf", do_echo},	  {"tee", do_tee},
		{"modprobe", do_modprobe}, {"virsh", do_virsh},	  {"driverctl", do_driverctl},
		{".", do_source},	   {"source", do_source},
	};
	const char *word = command->word[0], *name = system_name(word);

	if (is_quiet(name) || is_listed(&does->functions, name, strlen(name)))
		return do_nothing(does, command);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(name, rows[i].name) == 0)
			return rows[i].is(does, command);
	if (strcmp(name, "sh") == 0 || strcmp(name, "bash") == 0)
		return do_shell(does, command, depth);
	return do_call(does, word);
}

static void drop_word(struct command *command)
{
	memmove(command->word, command->word + 1, --command->n * sizeof(*command->word));
}

/* "A=b", "export A=b": dropped, and noted. */
static int take_assignments(struct does *does, struct command *command)
{
	static const char *const before[] = {"export", "local", "readonly", NULL};
	int r = 0;

	while (command->n && r == 0) {
		const char *word = command->word[0];
		size_t n = strspn(word, NAMED_BYTES);
		char *value = command->word[0] + n + 1;

		if (n && word[n] == '=')
			r = set_variable(does, word, &value, 1);
		else if (!is_any(word, before))
			break;
		drop_word(command);
	}
	return r;
}

static bool drop_keywords(struct command *command)
{
	static const char *const names[] = {"if", "then", "elif", "else", "while", "until", "do",
					    "{",  "}",	  "!",	  "sudo", "exec",  NULL};

	while (command->n && is_any(command->word[0], names))
		drop_word(command);
	return command->n > 0;
}

static int do_for(struct does *does, struct command *command)
{
	size_t before = command->n < 3 ? command->n : 3;

	if (command->n < 2)
		return 0;
	return set_variable(does, command->word[1], command->word + before, command->n - before);
}

/* Tests name functions that are only asked about. */
static int name_all(struct does *does, const struct command *command)
{
	static const char *const tests[] = {"[", "[[", "test", "logger", NULL};
	bool asks = command->n && is_any(command->word[0], tests);
	int r = command->to ? does_name_functions(does, command->to) : 0;

	for (size_t i = 0; i < command->n && r == 0; i++) {
		if (!only_reads(command->word[i]))
			does_more(does);
		if (!asks)
			r = does_name_functions(does, command->word[i]);
	}
	return r;
}

/* "DEVS='0000:01:00.0 0000:01:00.1'": the words of the text. */
static int name_words(struct does *does, const struct command *command)
{
	int r = 0;

	for (size_t i = 0; i < command->n && r == 0; i++) {
		const char *equals = strchr(command->word[i], '=');

		if (equals)
			r = does_name_functions(does, equals + 1);
	}
	return r;
}

/* "start", "case $1 in start" */
static int judge_pattern(struct does *does, const struct command *command)
{
	bool after_case = command->n == 4 && strcmp(command->word[0], "case") == 0;

	if ((command->n != 1 && !after_case) || command->to)
		does_more(does);
	for (size_t i = 0; i < command->n; i++)
		if (!only_reads(command->word[i]))
			does_more(does);
	return 0;
}

static int judge_command(struct does *does, struct command *command, unsigned depth)
{
	int r;

	if (command->defines)
		return text_list_add(&does->functions, "%s", command->word[0]);
	if (command->pattern)
		return judge_pattern(does, command);
	r = name_all(does, command);
	if (r == 0)
		r = name_words(does, command);
	if (r == 0 && !drop_keywords(command))
		return do_nothing(does, command);
	if (r < 0)
		return r;
	if (strcmp(command->word[0], "for") == 0)
		return do_for(does, command);
	r = take_assignments(does, command);
	if (r < 0)
		return r;
	return command->n ? do_command(does, command, depth) : do_nothing(does, command);
}

static int does_text(struct does *does, const char *text, unsigned depth)
{
	_cleanup_free_ char *room = malloc(2 * strlen(text) + 2);
	struct command_text at = {.at = text, .room = room, .depth = depth ? 0 : does->open};
	struct command command;
	int r = room ? 0 : -ENOMEM;

	does->said = (struct command){0};
	while (r == 0 && command_next(&at, &command))
		r = judge_command(does, &command, depth);
	does->said = (struct command){0};
	if (depth == 0)
		does->open = at.depth;
	if (at.bad)
		does_more(does);
	return r;
}

int does_line(struct does *does, const char *line)
{
	return does_text(does, line, 0);
}
