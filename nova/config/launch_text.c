/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nova/config/launch_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"

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
	free(launch->unread);
	text_list_free(&launch->environment);
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
	return r == 0 ? copy_text(from->unread, &to->unread) : r;
}

int launch_copy(const struct launch *launch, struct launch *ret)
{
	struct launch copy = {
		.deployment = launch->deployment, .wsgi = launch->wsgi, .error = launch->error};
	int r = copy_texts(launch, &copy);

	for (size_t i = 0; i < launch->n && r == 0; i++)
		r = launch_add_argument(&copy, launch->argument[i].folder, launch->argument[i].path,
					strlen(launch->argument[i].path));
	for (size_t i = 0; i < launch->environment.n && r == 0; i++)
		r = text_list_add(&copy.environment, "%s", launch->environment.text[i]);
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

int launch_take_words(struct launch *launch, const char *command)
{
	static const char *const options[] = {"--config-file", "--config-dir"};
	int r = 0;

	for (const char *at = command + strspn(command, BREAKS); *at && r == 0;
	     at += strspn(at, BREAKS)) {
		size_t length = strcspn(at, BREAKS);

		for (unsigned i = 0; i < ARRAY_SIZE(options) && r == 0; i++) {
			size_t n = strlen(options[i]);

			if (strncmp(at, options[i], n) != 0 || (length > n && at[n] != '='))
				continue;
			if (length > n) {
				r = launch_add_argument(launch, i == 1, at + n + 1, length - n - 1);
			} else {
				at += n + strspn(at + n, BREAKS);
				length = strcspn(at, BREAKS);
				r = launch_add_argument(launch, i == 1, at, length);
			}
			break;
		}
		at += length;
	}
	return r;
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

/* "-/etc/sysconfig/nova-compute"; an empty one drops those before. */
static int take_file(struct launch *launch, const char *value)
{
	value += *value == '-';
	if (!*value)
		text_list_free(&launch->environment_file);
	return *value == '/' ? text_list_add(&launch->environment_file, "%.*s",
					     (int)strcspn(&value[1], " \t"), &value[1])
			     : 0;
}

static int take_setting(struct launch *launch, const char *key, const char *value)
{
	if (strcmp(key, "ExecStart") == 0) {
		free(launch->command);
		launch->command = strdup(value);
		return launch->command ? 0 : -ENOMEM;
	}
	if (strcmp(key, "User") == 0) {
		free(launch->user);
		launch->user = strndup(value, strcspn(value, " \t"));
		return launch->user ? 0 : -ENOMEM;
	}
	if (strcmp(key, "EnvironmentFile") == 0)
		return take_file(launch, value);
	if (strcmp(key, "Environment") == 0)
		for (const char *at = value; (at = strstr(at, "OS_"));) {
			size_t n = strcspn(at, "= \t\"'");

			if (is_of_pci(at) &&
			    text_list_add(&launch->environment, "%.*s", (int)n, at) < 0)
				return -ENOMEM;
			at += n ? n : 1;
		}
	return 0;
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

/* "$NAME" or "${NAME}" */
static bool refers_to(const char *command, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = command; at && (at = strchr(at, '$')); at++) {
		const char *word = at + 1 + (at[1] == '{');

		if (strncmp(word, name, n) == 0 &&
		    !strchr("_0123456789", word[n] ? word[n] : ' ') &&
		    !(word[n] >= 'A' && word[n] <= 'Z') && !(word[n] >= 'a' && word[n] <= 'z'))
			return true;
	}
	return false;
}

static int take_variable(struct launch *launch, const char *path, const char *name,
			 const char *value)
{
	if (is_of_pci(name))
		return text_list_add(&launch->environment, "%s (/%s)", name, path);
	return refers_to(launch->command, name) ? launch_take_words(launch, value) : 0;
}

int launch_take_environment(struct launch *launch, const char *path, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *save = NULL;
	int r = copy ? 0 : -ENOMEM;

	for (char *line = r == 0 ? strtok_r(copy, "\r\n", &save) : NULL; line && r == 0;
	     line = strtok_r(NULL, "\r\n", &save)) {
		char *equal = strchr(line, '=');

		line += strspn(line, " \t");
		if (!equal || equal <= line || *line == '#' || *line == ';')
			continue;
		*equal = '\0';
		r = take_variable(launch, path, line, equal + 1);
	}
	return r;
}
