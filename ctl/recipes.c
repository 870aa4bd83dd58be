// SPDX-License-Identifier: GPL-2.0-or-later
#include "recipes.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"
#include "modalias.h"

#define FILE_MAX_BYTES (1u << 20)
#define BLANKS	       " \t"

static const char *const folders[] = {"etc/modprobe.d", "run/modprobe.d", "usr/lib/modprobe.d"};

_printf_(2, 3) static int add(struct recipes *recipes, const char *format, ...)
{
	char **more = reallocarray(recipes->place, recipes->n + 1, sizeof(*more));
	va_list args;
	int n;

	if (!more)
		return -ENOMEM;
	recipes->place = more;
	va_start(args, format);
	n = vasprintf(&more[recipes->n], format, args);
	va_end(args);
	if (n < 0)
		return -ENOMEM;
	recipes->n++;
	return 0;
}

/* Is the word at @s @expected? Module names don't tell '-' from '_'. */
static bool word_is_module(const char *s, size_t n, const char *expected)
{
	char word[MODULE_NAME_MAX];

	if (n >= sizeof(word))
		return false;
	memcpy(word, s, n);
	word[n] = '\0';
	return module_name_equal(word, expected);
}

/* "options vfio-pci … ids=…" */
static bool line_is_recipe(const char *line)
{
	bool first = true;

	line += strspn(line, BLANKS);
	if (strncmp(line, "options", 7) != 0 || !strchr(BLANKS, line[7]))
		return false;
	for (line += 7; *line;) {
		size_t n;

		line += strspn(line, BLANKS);
		n = strcspn(line, BLANKS);
		if (first && !word_is_module(line, n, "vfio_pci"))
			return false;
		if (!first && strncmp(line + (*line == '"'), "ids=", 4) == 0)
			return true;
		first = false;
		line += n;
	}
	return false;
}

/* The next line with its continuations, which end in a backslash, in @buf; NULL at the end. */
static const char *next_line(const char *text, char *buf, unsigned *lines)
{
	*lines = 0;
	if (!*text)
		return NULL;
	for (;;) {
		size_t n = strcspn(text, "\n");
		bool goes_on = n && text[n - 1] == '\\';

		memcpy(buf, text, n);
		buf += n;
		text += n + (text[n] == '\n');
		(*lines)++;
		if (!goes_on || !*text)
			break;
		buf[-1] = ' ';
	}
	*buf = '\0';
	return text;
}

unsigned recipes_in_modprobe(const char *text)
{
	_cleanup_free_ char *line = malloc(strlen(text) + 1);
	unsigned at = 1, lines;

	while (line && (text = next_line(text, line, &lines))) {
		if (line_is_recipe(line))
			return at;
		at += lines;
	}
	return 0;
}

static int read_cmdline(const struct root *root, struct recipes *recipes)
{
	_cleanup_free_ char *text = NULL, *buf = NULL;
	const char *cursor, *name, *value;
	int r = 0;

	if (root_read_file(root, "proc/cmdline", FILE_MAX_BYTES, &text, NULL) < 0)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	buf = malloc(strlen(text) + 1);
	if (!buf)
		return -ENOMEM;
	cursor = text;
	while (r == 0 && cmdline_next(&cursor, buf, &name, &value))
		if (cmdline_name_equal(name, "vfio_pci.ids"))
			r = add(recipes, "%s=%.64s on the kernel command line", name,
				value ? value : "");
	return r;
}

static bool is_conf(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && strcmp(entry->d_name + n - 5, ".conf") == 0;
}

static bool is_hidden(const struct root *root, size_t folder, const char *name)
{
	char path[300];

	for (size_t i = 0; i < folder; i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (root_exists(root, path))
			return true;
	}
	return false;
}

static int read_folder(const struct root *root, size_t folder, struct recipes *recipes)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = 0;

	if (root_open_dir(root, folders[folder], &dir) < 0)
		return 0;
	while (r == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *text = NULL;
		char path[300];
		unsigned line;

		snprintf(path, sizeof(path), "%s/%s", folders[folder], entry->d_name);
		if (!is_conf(entry) || is_hidden(root, folder, entry->d_name) ||
		    root_read_file(root, path, FILE_MAX_BYTES, &text, NULL) < 0)
			continue;
		line = recipes_in_modprobe(text);
		if (line)
			r = add(recipes, "/%s:%u", path, line);
	}
	return r;
}

static int compare_places(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int recipes_read(const struct root *root, struct recipes *ret)
{
	struct recipes recipes = {0};
	int r;

	r = read_cmdline(root, &recipes);
	for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++)
		r = read_folder(root, i, &recipes);
	if (r < 0) {
		recipes_free(&recipes);
		return r;
	}
	/* readdir(3) has no order; a report should. */
	if (recipes.n)
		qsort(recipes.place, recipes.n, sizeof(*recipes.place), compare_places);
	*ret = recipes;
	return 0;
}

void recipes_free(struct recipes *recipes)
{
	for (size_t i = 0; i < recipes->n; i++)
		free(recipes->place[i]);
	free(recipes->place);
	*recipes = (struct recipes){0};
}
