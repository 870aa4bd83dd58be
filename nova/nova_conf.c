// SPDX-License-Identifier: GPL-2.0-or-later
#include "nova_conf.h"

#include <string.h>
#include <strings.h>

#include "util.h"

#define BLANKS " \t\r"

/* The length of a line's text without the blanks at its end. */
static size_t trimmed(const char *line, size_t n)
{
	while (n > 0 && strchr(BLANKS, line[n - 1]))
		n--;
	return n;
}

static bool is_section(const char *line, size_t n, const char *section)
{
	size_t length = strlen(section);

	return n >= length + 2 && strncmp(line + 1, section, length) == 0 &&
	       line[length + 1] == ']';
}

/* Is it "OPTION = …"? Then where the value begins, else 0. */
static size_t value_of(const char *line, size_t n, const char *option)
{
	size_t length = strlen(option), at = length;

	if (n < length || strncmp(line, option, length) != 0)
		return 0;
	while (at < n && strchr(BLANKS, line[at]))
		at++;
	if (at == n || (line[at] != '=' && line[at] != ':'))
		return 0;
	for (at++; at < n && strchr(BLANKS, line[at]); at++)
		;
	return at;
}

bool nova_conf_find(const char *text, const char *section, const char *option, char *value,
		    size_t size)
{
	bool inside = false, found = false;

	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n"), n = trimmed(line, length), at;

		if (*line == '[')
			inside = is_section(line, n, section);
		at = inside ? value_of(line, n, option) : 0;
		if (at) {
			n = n - at < size ? n - at : size - 1;
			memcpy(value, line + at, n);
			value[n] = '\0';
			found = true;
		}
		line += length + (line[length] == '\n');
	}
	return found;
}

bool nova_conf_is_true(const char *value)
{
	static const char *const words[] = {"true", "1", "yes", "on"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(value, words[i]) == 0)
			return true;
	return false;
}
