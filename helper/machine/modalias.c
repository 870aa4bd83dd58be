/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/machine/modalias.h"

#include <fnmatch.h>
#include <string.h>

#include "helper/base/text.h"

/* A piece of the text, not NUL-terminated. */
struct word {
	const char *start;
	size_t size;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct word take_word(const char **cursor, const char *end)
{
	const char *p = *cursor;
	struct word word;

	while (p < end && is_blank(*p))
		p++;
	word.start = p;
	while (p < end && !is_blank(*p))
		p++;
	word.size = (size_t)(p - word.start);
	*cursor = p;
	return word;
}

static bool is_wildcard(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '\\';
}

/*
 * Can the pattern match at all? What stands before its first wildcard has to be
 * there: that settles bus and vendor for nearly all of some 25000 lines, and
 * leaves few for fnmatch(3).
 */
static bool may_match(const char *pattern, const char *end, const char *modalias)
{
	for (; pattern < end && *pattern == *modalias && *pattern; pattern++, modalias++)
		if (is_wildcard(*pattern))
			return true;
	if (pattern == end || is_blank(*pattern))
		return *modalias == '\0';
	return is_wildcard(*pattern);
}

/* Takes "alias" and what is blank behind it. As nearly each line has it, it is looked for first. */
static bool take_keyword(const char **cursor, const char *end)
{
	static const char alias[] = "alias ";
	struct word keyword;

	if (end - *cursor >= (ptrdiff_t)sizeof(alias) - 1 &&
	    memcmp(*cursor, alias, sizeof(alias) - 1) == 0) {
		*cursor += sizeof(alias) - 1;
	} else {
		keyword = take_word(cursor, end);
		if (keyword.size != sizeof(alias) - 2 ||
		    memcmp(keyword.start, alias, keyword.size) != 0)
			return false;
	}
	while (*cursor < end && is_blank(**cursor))
		(*cursor)++;
	return true;
}

/* Splits "alias PATTERN MODULE"; false for other lines, and for what can't match. */
static bool split_line(const char *line, const char *end, const char *modalias,
		       struct word *pattern, struct word *module)
{
	if (!take_keyword(&line, end) || !may_match(line, end, modalias))
		return false;

	*pattern = take_word(&line, end);
	*module = take_word(&line, end);
	return module->size > 0 && module->size < MODULE_NAME_MAX &&
	       take_word(&line, end).size == 0;
}

static int matches(const struct word *pattern, const char *modalias)
{
	_cleanup_free_ char *copy = strndup(pattern->start, pattern->size);

	if (!copy)
		return -ENOMEM;
	return fnmatch(copy, modalias, 0) == 0;
}

static unsigned count_wildcards(const struct word *pattern)
{
	unsigned n = 0;

	for (size_t i = 0; i < pattern->size; i++)
		n += pattern->start[i] == '*';
	return n;
}

static int add(struct alias_match **all, size_t *n_all, const struct word *module,
	       unsigned wildcards)
{
	struct alias_match match = {.wildcards = wildcards};

	memcpy(match.module, module->start, module->size);

	for (size_t i = 0; i < *n_all; i++) {
		struct alias_match *known = &(*all)[i];

		if (!module_name_equal(known->module, match.module))
			continue;
		if (wildcards < known->wildcards)
			known->wildcards = wildcards;
		return 0;
	}

	return ARRAY_ADD(*all, *n_all, match);
}

int modalias_match(const char *text, size_t size, const char *modalias, struct alias_match **ret,
		   size_t *ret_n)
{
	_cleanup_free_ struct alias_match *all = NULL;
	const char *end = text + size;
	size_t n_all = 0;

	for (const char *line = text, *next; line < end; line = next) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		struct word pattern, module;
		int r;

		next = newline ? newline + 1 : end;
		if (!split_line(line, newline ? newline : end, modalias, &pattern, &module))
			continue;

		r = matches(&pattern, modalias);
		if (r > 0)
			r = add(&all, &n_all, &module, count_wildcards(&pattern));
		if (r < 0)
			return r;
	}

	*ret = TAKE_PTR(all);
	*ret_n = n_all;
	return 0;
}

bool modalias_variant(const char *text, size_t size, const char *modalias,
		      char buf[static MODULE_NAME_MAX])
{
	_cleanup_free_ struct alias_match *all = NULL;
	_cleanup_free_ char *wanted = NULL;
	const struct alias_match *best = NULL;
	size_t n_all = 0;

	if (strncmp(modalias, "pci:", 4) != 0)
		return false;
	if (text_format(&wanted, "vfio_%s", modalias) < 0)
		return false;
	if (modalias_match(text, size, wanted, &all, &n_all) < 0)
		return false;

	for (size_t i = 0; i < n_all; i++)
		if (!module_name_equal(all[i].module, "vfio_pci") &&
		    (!best || all[i].wildcards < best->wildcards))
			best = &all[i];

	if (best)
		memcpy(buf, best->module, MODULE_NAME_MAX);
	return best;
}

bool module_name_equal(const char *a, const char *b)
{
	return parameter_name_equal(a, b); /* the kernel has one rule for both */
}
