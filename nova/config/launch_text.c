/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/launch_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/base/text_buffer.h"

static void drop_arguments(struct launch *launch)
{
	for (size_t i = 0; i < launch->n; i++)
		free(launch->argument[i].path);
	free(launch->argument);
	launch->argument = NULL;
	launch->n = 0;
}

void launch_free(struct launch *launch)
{
	drop_arguments(launch);
	free(launch->source);
	free(launch->command);
	free(launch->user);
	free(launch->group);
	text_list_free(&launch->more_groups);
	text_list_free(&launch->others);
	free(launch->unread);
	free(launch->missing);
	variables_free(&launch->environment);
	text_list_free(&launch->environment_file);
	*launch = (struct launch){0};
}

int launch_add_argument(struct launch *launch, bool folder, const char *path, size_t length)
{
	struct launch_argument one = {folder, strndup(path, length)};
	int r = one.path ? ARRAY_ADD(launch->argument, launch->n, one) : -ENOMEM;

	if (r < 0)
		free(one.path);
	return r;
}

static int copy_text(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int copy_texts(const struct launch *from, struct launch *to)
{
	int r = copy_text(from->source, &to->source);

	if (r == 0)
		r = copy_text(from->command, &to->command);
	if (r == 0)
		r = copy_text(from->user, &to->user);
	if (r == 0)
		r = copy_text(from->group, &to->group);
	if (r == 0)
		r = copy_text(from->unread, &to->unread);
	return r == 0 ? copy_text(from->missing, &to->missing) : r;
}

int launch_copy(const struct launch *launch, struct launch *ret)
{
	struct launch copy = {.deployment = launch->deployment,
			      .wsgi = launch->wsgi,
			      .contained = launch->contained,
			      .error = launch->error};
	int r = copy_texts(launch, &copy);

	for (size_t i = 0; i < launch->n && r == 0; i++)
		r = launch_add_argument(&copy, launch->argument[i].folder, launch->argument[i].path,
					strlen(launch->argument[i].path));
	for (size_t i = 0; i < launch->more_groups.n && r == 0; i++)
		r = text_list_add(&copy.more_groups, "%s", launch->more_groups.text[i]);
	for (size_t i = 0; i < launch->others.n && r == 0; i++)
		r = text_list_add(&copy.others, "%s", launch->others.text[i]);
	for (size_t i = 0; i < launch->environment.n && r == 0; i++)
		r = variables_set(&copy.environment, &launch->environment.variable[i]);
	if (r < 0)
		launch_free(&copy);
	else
		*ret = copy;
	return r;
}

/*
 * Quotes count as blanks: what "sh -c '…'" runs is found, too, and file names here have neither.
 */
#define BREAKS " \t\r\n\"'"

static int add_words(struct text_list *words, const char *text)
{
	int r = 0;

	for (const char *at = text + strspn(text, BREAKS); *at && r == 0;
	     at += strspn(at, BREAKS)) {
		size_t length = strcspn(at, BREAKS);

		r = text_list_add(words, "%.*s", (int)length, at);
		at += length;
	}
	return r;
}

static int take_options(struct launch *launch, const struct text_list *words)
{
	static const char *const options[] = {"--config-file", "--config-dir"};
	int r = 0;

	for (size_t i = 0; i < words->n && r == 0; i++)
		for (unsigned k = 0; k < ARRAY_SIZE(options) && r == 0; k++) {
			const char *path = words->text[i] + strlen(options[k]);

			if (!text_starts_with(words->text[i], options[k]) ||
			    (*path && *path != '='))
				continue;
			if (*path)
				path++;
			else if (i + 1 < words->n)
				path = words->text[++i];
			r = launch_add_argument(launch, k == 1, path, strlen(path));
			break;
		}
	return r;
}

int launch_take_words(struct launch *launch, const char *command)
{
	struct text_list words _cleanup_(text_list_free) = {0};
	int r = add_words(&words, command);

	return r == 0 ? take_options(launch, &words) : r;
}

/* ${NAME}; a script's $NAME and $$NAME its shell knows. Return: what is behind the "$" and it. */
static const char *expand_one(const struct variables *variables, const char *at, bool script,
			      struct text_buffer *to)
{
	bool brace = *at == '{';
	size_t n = strspn(at + brace, VARIABLE_BYTES);

	if (*at == '$') {
		if (!script)
			text_add_char(to, '$');
		return at + !script;
	}
	if (!n || (brace ? at[n + 1] != '}' : !script)) {
		text_add_char(to, '$');
		return at;
	}
	text_add(to, variables_value(variables, at + brace, n));
	return at + n + 2 * (size_t)brace;
}

static int expand(const struct variables *variables, const char *word, bool script, char **ret)
{
	struct text_buffer to _cleanup_(text_buffer_free) = {0};

	while (*word) {
		size_t n = strcspn(word, "$");

		text_add_bytes(&to, word, n);
		word += n;
		if (*word)
			word = expand_one(variables, word + 1, script, &to);
	}
	return text_take(&to, ret, NULL);
}

/* "$NAME" is as many words as its value has. */
static int add_value(struct text_list *words, const char *value)
{
	_cleanup_free_ char *copy = strdup(value);
	char *at = copy;
	int r = copy ? 0 : -ENOMEM;

	for (char *word; r == 0 && (word = word_next(&at));)
		r = text_list_add(words, "%s", word);
	return r;
}

static int add_expanded(const struct launch *launch, const char *word, struct text_list *words)
{
	bool script = word[strcspn(word, BREAKS)];
	_cleanup_free_ char *text = NULL;
	int r;

	if (*word == '$' && word[1] != '{' && word[1] != '$')
		return add_value(words,
				 variables_value(&launch->environment, word + 1, strlen(word + 1)));
	r = expand(&launch->environment, word, script, &text);
	if (r < 0)
		return r;
	return script ? add_words(words, text) : text_list_add(words, "%s", text);
}

int launch_take_command(struct launch *launch)
{
	struct text_list words _cleanup_(text_list_free) = {0};
	_cleanup_free_ char *copy = strdup(launch->command);
	char *at = copy;
	int r = copy ? 0 : -ENOMEM;

	if (r == 0 && memchr(copy, ':', strspn(copy, "@-:+!|"))) /* it asks for no variables */
		return launch_take_words(launch, copy);
	for (char *word; r == 0 && (word = word_next(&at));)
		r = add_expanded(launch, word, &words);
	return r == 0 ? take_options(launch, &words) : r;
}

/* "-v /etc/nova:/etc/nova:ro", or "--mount type=bind,source=/etc/nova,target=…" */
static bool mounts_host(const char *command)
{
	static const char *const ways[] = {"/etc/nova:/etc/nova", "/etc/nova/:/etc/nova",
					   "/etc/nova,"};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		for (const char *at = command; (at = strstr(at, ways[i])); at++)
			if (at > command && strchr(BREAKS "=", at[-1]))
				return true;
	return false;
}

bool launch_is_contained(const char *command)
{
	_cleanup_free_ char *word = NULL;

	command += strspn(command, "@-:+!|");
	word = strndup(command, strcspn(command, BREAKS));
	return word && TEXT_IS_ANY(text_base_name(word), "docker", "podman", "nerdctl") &&
	       !mounts_host(command);
}

int launch_take_defaults(struct launch *launch, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *save = NULL;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *line = strtok_r(copy, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		if (strncmp(line, "export ", 7) == 0)
			line += 7;
		if (strncmp(line, "DAEMON_ARGS=", 12) != 0)
			continue;
		if (!strstr(line, "$DAEMON_ARGS") && !strstr(line, "${DAEMON_ARGS}"))
			drop_arguments(launch);
		r = launch_take_words(launch, line + 12);
	}
	return r;
}

/* Source: the environment driver of oslo.config, OS_GROUP__OPTION. */
static bool is_of_pci(const char *name)
{
	return strncmp(name, "OS_PCI__", 8) == 0 ||
	       strncmp(name, "OS_FILTER_SCHEDULER__PCI", 24) == 0;
}

void launch_drop_variables(struct launch *launch)
{
	variables_keep(&launch->environment, is_of_pci);
}

/* "-/etc/sysconfig/nova-compute"; an empty one drops those before. */
static int take_file(struct launch *launch, const char *value)
{
	size_t n = strlen(value);

	while (n && strchr(" \t", value[n - 1]))
		n--;
	if (!n)
		text_list_free(&launch->environment_file);
	return value[*value == '-'] == '/'
		       ? text_list_add(&launch->environment_file, "%.*s", (int)n, value)
		       : 0;
}

static int take_name(const char *value, char **ret)
{
	free(*ret);
	*ret = strndup(value, strcspn(value, " \t"));
	return *ret ? 0 : -ENOMEM;
}

static int take_groups(struct launch *launch, const char *value)
{
	if (!*value)
		text_list_free(&launch->more_groups);
	return add_words(&launch->more_groups, value);
}

static int take_setting(struct launch *launch, const char *key, char *value)
{
	if (strcmp(key, "ExecStart") == 0) {
		free(launch->command);
		launch->command = strdup(value);
		return launch->command ? 0 : -ENOMEM;
	}
	if (strcmp(key, "User") == 0)
		return take_name(value, &launch->user);
	if (strcmp(key, "Group") == 0)
		return take_name(value, &launch->group);
	if (strcmp(key, "SupplementaryGroups") == 0)
		return take_groups(launch, value);
	if (strcmp(key, "EnvironmentFile") == 0)
		return take_file(launch, value);
	return strcmp(key, "Environment") == 0 ? variables_take_line(&launch->environment, value)
					       : 0;
}

int launch_take_unit(struct launch *launch, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	bool service = false;
	char *save = NULL;
	int r = 0;

	if (!copy)
		return -ENOMEM;
	for (char *at = copy; (at = strstr(at, "\\\n"));)
		at[0] = at[1] = ' ';
	for (char *line = strtok_r(copy, "\r\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\r\n", &save)) {
		char *equal;

		line += strspn(line, " \t");
		if (*line == '[')
			service = strncmp(line, "[Service]", 9) == 0;
		equal = strchr(line, '=');
		if (!service || !equal || *line == '#' || *line == ';')
			continue;
		line[strcspn(line, " \t=")] = '\0';
		r = take_setting(launch, line, equal + 1 + strspn(equal + 1, " \t"));
	}
	return r;
}
