/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/lines.h"

#include <stdio.h>
#include <string.h>

#include "grub/kargs.h"

static const char *const kind_names[] = {"running", "next", "trial", "kernel", "new"};
_Static_assert(ARRAY_SIZE(kind_names) == _BOOT_COUNT, "a kind has no name");

const char *boot_kind_name(enum boot_kind kind)
{
	return kind_names[kind];
}

void boot_line_free(struct boot_line *line)
{
	free(line->name);
	free(line->cmdline);
	free(line->source);
	free(line->entry);
	free(line->text);
	free(line->kernel);
	*line = (struct boot_line){0};
}

void boot_lines_free(struct boot_lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		boot_line_free(&lines->line[i]);
	free(lines->line);
	for (size_t i = 0; i < lines->sources.n; i++) {
		free(lines->sources.source[i].path);
		free(lines->sources.source[i].text);
	}
	free(lines->sources.source);
	free(lines->config);
	*lines = (struct boot_lines){0};
}

/* A NULL is copied as NULL. */
int boot_add(struct boot_lines *lines, const struct boot_line *line)
{
	struct boot_line own = *line;
	bool good = text_copy(line->name, &own.name) == 0;

	good = text_copy(line->cmdline, &own.cmdline) == 0 && good;
	good = text_copy(line->entry, &own.entry) == 0 && good;
	good = text_copy(line->text, &own.text) == 0 && good;
	good = text_copy(line->kernel, &own.kernel) == 0 && good;
	if (line->source && asprintf(&own.source, "/%s", line->source) < 0) {
		own.source = NULL;
		good = false;
	}
	if (good && ARRAY_ADD(lines->line, lines->n, own) == 0)
		return 0;
	boot_line_free(&own);
	return -ENOMEM;
}

/* "/vmlinuz-6.1.0-28-amd64" is of 6.1.0-28-amd64; other names stand for themselves. */
const char *boot_release(const char *kernel)
{
	const char *name = text_base_name(kernel), *dash = strchr(name, '-');

	return strncmp(name, "vmlinu", 6) == 0 && dash ? dash + 1 : name;
}

/* "/vmlinuz-RELEASE", or "/TOKEN/RELEASE/linux". */
bool boot_line_is_of(const struct boot_line *line, const char *release)
{
	const char *found = line->kernel ? strstr(line->kernel, release) : NULL;
	char after = found ? found[strlen(release)] : '\0';

	if (line->name && strcmp(line->name, release) == 0)
		return true;
	return found && found > line->kernel && strchr("-/", found[-1]) &&
	       (after == '\0' || after == '/');
}

/* How much of a value says what kind of name it is: "UUID=", "/dev/mapper/"; 0: nothing does. */
static size_t tag_length(const char *value)
{
	static const char mapper[] = "/dev/mapper/";
	size_t n = strcspn(value, "=");

	if (value[n])
		return n + 1;
	return text_starts_with(value, mapper) ? strlen(mapper) : 0;
}

/* A boot loader takes quotes off, and puts values in. */
static bool is_raw(const char *value)
{
	return strpbrk(value, "\"'\\$") != NULL;
}

int boot_values_differ(const char *a, const char *b, const char *name)
{
	_cleanup_free_ char *one = NULL, *other = NULL;
	int r = kargs_value(a, name, &one);
	size_t n;

	if (r == 0)
		r = kargs_value(b, name, &other);
	if (r < 0 || !one || !other || is_raw(one) || is_raw(other))
		return r;
	n = tag_length(one);
	return n && strncmp(one, other, n) == 0 && strcasecmp(one, other) != 0;
}
