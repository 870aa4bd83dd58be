/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/recipes/script.h"

#include <ctype.h>
#include <string.h>

#include "helper/base/util.h"

/* A part of a line, which is not all of it up to a newline. */
struct part {
	const char *text;
	size_t n;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Without a comment: a # that begins a word outside of quotes, or a unit's ; at the beginning. */
static struct part without_comment(const char *line)
{
	char quote = '\0';
	size_t i = 0;

	line += strspn(line, " \t");
	if (*line == ';')
		return (struct part){line, 0};
	for (; line[i]; i++) {
		if (quote)
			quote = line[i] == quote ? '\0' : quote;
		else if (line[i] == '#' && (i == 0 || strchr(" \t;", line[i - 1])))
			break;
		else if (strchr("'\"", line[i]))
			quote = line[i];
	}
	return (struct part){line, i};
}

/* Where @word stands from @at on, nothing of a word before or after it; or the end. */
static size_t find(struct part part, const char *word, size_t at)
{
	size_t n = strlen(word);

	for (; at + n <= part.n; at++) {
		const char *p = part.text + at;
		bool begins = !is_word(*word) || at == 0 || !is_word(p[-1]);

		if (begins && strncmp(p, word, n) == 0 && (at + n == part.n || !is_word(p[n])))
			return at;
	}
	return part.n;
}

static bool has(struct part part, const char *word)
{
	return find(part, word, 0) < part.n;
}

static bool contains(struct part part, const char *text)
{
	return memmem(part.text, part.n, text, strlen(text)) != NULL;
}

/* Not a rule's mere question: ATTR{driver_override}=="" */
static bool sets_override(struct part part)
{
	static const char word[] = "driver_override";

	for (size_t at = find(part, word, 0); at < part.n; at = find(part, word, at + 1)) {
		const char *after = part.text + at + strlen(word);

		if (strncmp(after, "}==", 3) != 0 && strncmp(after, "}!=", 3) != 0)
			return true;
	}
	return false;
}

static bool is_of_pci(struct part part)
{
	return contains(part, "pci") ||
	       (contains(part, "$") && !contains(part, "vtcon") && !contains(part, "/sys/bus/"));
}

/* ".../unbind", which ends a path */
static bool stores_to(struct part part, const char *attribute)
{
	size_t n = strlen(attribute);

	for (size_t at = find(part, attribute, 0); at < part.n; at = find(part, attribute, at + 1))
		if (at + n == part.n || strchr(" \t\"';|&)", part.text[at + n]))
			return is_of_pci(part);
	return false;
}

static bool has_stub(struct part part)
{
	return has(part, "pci-stub") || has(part, "pci_stub");
}

static bool has_new_id(struct part part)
{
	return has(part, "new_id") && is_of_pci(part);
}

static bool has_ids(struct part part)
{
	return (has(part, "vfio-pci") || has(part, "vfio_pci")) && contains(part, "ids=");
}

/* "vfio-pci-bind.sh"; a unit that is only waited for does nothing. */
static bool has_program(struct part part)
{
	static const char *const doing[] = {"bind", "override"};

	for (size_t i = 0; i < part.n;) {
		struct part word = {part.text + i, 0};

		while (i + word.n < part.n && !strchr(" \t\"'=;", word.text[word.n]))
			word.n++;
		for (size_t k = 0; k < ARRAY_SIZE(doing); k++)
			if (contains(word, "vfio") && contains(word, doing[k]) &&
			    !contains(word, ".service"))
				return true;
		i += word.n + 1;
	}
	return false;
}

static bool has_driverctl(struct part part)
{
	return has(part, "driverctl") && has(part, "set-override");
}

static bool has_virsh(struct part part)
{
	static const char *const words[] = {"nodedev-detach", "nodedev-dettach",
					    "nodedev-reattach"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (has(part, words[i]))
			return true;
	return false;
}

static bool unbinds(struct part part)
{
	return stores_to(part, "/unbind");
}

static bool binds(struct part part)
{
	return stores_to(part, "/bind");
}

bool script_may_do(const char *text)
{
	static const char *const words[] = {"override", "new_id",   "stub",
					    "vfio",	"nodedev-", "bind"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

const char *script_line_does(const char *line)
{
	static const struct {
		bool (*is)(struct part part);
		const char *name;
	} rows[] = {
		{sets_override, "driver_override"},
		{has_driverctl, "driverctl set-override"},
		{has_new_id, "new_id"},
		{has_stub, "pci-stub"},
		{has_ids, "ids="},
		{has_virsh, "virsh nodedev"},
		{unbinds, "unbind"},
		{binds, "bind"},
		{has_program, "a program that binds"},
	};
	struct part part = without_comment(line);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].is(part))
			return rows[i].name;
	return NULL;
}
